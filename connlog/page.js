// What a column of the plot stands for is read below it, by mouse, finger and keyboard.
const plot = document.querySelector(".plot svg");
const readout = document.querySelector(".readout");
if (plot) {
  const columns = [...plot.querySelectorAll(".bar")];
  const quiet = readout.textContent;
  let at = -1;
  const show = (index) => {
    columns[at]?.classList.remove("on");
    at = Math.max(-1, Math.min(index, columns.length - 1));
    columns[at]?.classList.add("on");
    readout.textContent = columns[at]?.dataset.says ?? quiet;
  };
  const point = (event) => {
    const box = plot.getBoundingClientRect();
    show(Math.floor(((event.clientX - box.left) / box.width) * columns.length));
  };
  plot.addEventListener("pointermove", point);
  plot.addEventListener("pointerdown", point);
  plot.addEventListener("pointerleave", () => show(-1));
  plot.addEventListener("blur", () => show(-1));
  plot.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      show(Math.max(0, at + step));
      event.preventDefault();
    }
  });
}
