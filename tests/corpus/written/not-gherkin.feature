Feature: orders
  Scenario: the stock is down
    Given that connections to "stock:8080" are refused
    When an order is sent
    Then "ConnectionRefusedError" is logged
