"""
What happens on the wire: a list of steps, and in HTML the sequence diagram that is drawn from the list.

The list is what a page holds. It is read, searched, translated and shown wherever there is no SVG; the diagram says the
same words, since it is drawn from what the list says in the end. Imports the pieces of pages and the drawing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from connlog._model import Message
from connlog.catalog import words as spoken
from connlog.sphinxext import sequence, words
from connlog.sphinxext.nodes import Page
from connlog.sphinxext.passages import quote
from connlog.sphinxext.speech import say

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator


class Wire(nodes.container):
    """
    The steps of one failure: a numbered list. Builders that know no such node show it as the container it is.
    """


class NumberWires(SphinxPostTransform):
    """
    Number the diagrams of a written page, so that each can have ids of its own: one page may hold many.
    """

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """
        Count from 1.
        """
        del kwargs
        for number, wire in enumerate(self.document.findall(Wire), 1):
            wire["number"] = number


def listed(steps: Iterable[Message], page: Page) -> Wire:
    """
    Say the steps in a numbered list: ``client → server: SYN``, or ``client: waits 1 s`` for what goes on at one side.
    """
    items = [nodes.list_item("", nodes.paragraph("", "", *_sentence(step, page))) for step in steps]
    made = nodes.enumerated_list("", *items, enumtype="arabic", prefix="", suffix=".")
    return Wire("", made, classes=["connlog-steps"])


def _sentence(step: Message, page: Page) -> list[nodes.Node]:
    """
    Say one step. Each word that a translator may have another one for stands in a node of its own.
    """
    said: list[nodes.Node] = [_word("sender", step.sender, page)]
    if step.sender != step.receiver:
        said += [nodes.Text(words.ARROW), _word("receiver", step.receiver, page)]
    said += [nodes.Text(words.COLON), _word("text", step.text, page)]
    if step.lost:
        said.append(nodes.inline("", f" ({say(spoken.LOST)})", part="lost"))
    return said


def _word(part: str, word: str, page: Page) -> nodes.inline:
    return nodes.inline("", "", quote(word, page), part=part, word=word)


def steps_of(wire: Wire) -> tuple[tuple[Message, ...], dict[str, str]]:
    """
    Read the steps back from their list, in the words that it has by now, and what each participant is called.
    """
    steps, names = [], {}
    for item in wire.findall(nodes.list_item):
        parts = {node["part"]: node for node in item.findall(nodes.inline) if "part" in node}
        sender, receiver = parts["sender"], parts.get("receiver", parts["sender"])
        names.update({node["word"]: node.astext() for node in (sender, receiver)})
        steps.append(Message(sender["word"], receiver["word"], parts["text"].astext(), lost="lost" in parts))
    return tuple(steps), names


def drawn(wire: Wire) -> str:
    """
    Draw the diagram of a list, and let the list itself describe it to those who don't see it.
    """
    steps, names = steps_of(wire)
    title = say(words.DIAGRAM).format(sides=", ".join(names[side] for side in sequence.sides(steps)))
    sentences = (f"{number}. {item.astext()}." for number, item in enumerate(wire.findall(nodes.paragraph), 1))
    return sequence.draw(sequence.place(steps, names), title, "\n".join(sentences), f"connlog-wire-{wire['number']}")


def _open(translator: HTML5Translator, node: Wire) -> None:
    """
    Write the diagram in the place of the list; an e-book, whose pages would have to be declared as such, has the list.
    """
    if translator.builder.name == "epub":
        translator.visit_container(node)
        return
    translator.body.append(drawn(node))
    raise nodes.SkipNode


def _close(translator: HTML5Translator, node: Wire) -> None:
    translator.depart_container(node)


def setup(app: Sphinx) -> None:
    """
    Register the diagram with the builders that write HTML.
    """
    app.add_node(Wire, html=(_open, _close))
    app.add_post_transform(NumberWires)
