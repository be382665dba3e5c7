"""A project of two dozen migrations, as a team has them: its files in each tool's layout."""

from __future__ import annotations

from pathlib import Path

# One entry a migration; what makes splitting hard is in some of them.
MIGRATIONS: list[tuple[str, list[str]]] = [
    ("customers", ["CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL)"]),
    ("first_customers", [
        "INSERT INTO customers VALUES (1, 'Ada; Countess'), (2, 'O''Brien')",
        "INSERT INTO customers VALUES (3, 'a -- b')",
    ]),
    ("products", ["CREATE TABLE products (id bigint PRIMARY KEY, title text, price numeric(10, 2))"]),
    ("orders", [
        "CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint REFERENCES customers)",
        "CREATE INDEX orders_customer ON orders (customer)",
    ]),
    ("order_lines", [
        "CREATE TABLE order_lines (order_id bigint, line int, product bigint, PRIMARY KEY (order_id, line))",
    ]),
    ("email", ["ALTER TABLE customers ADD COLUMN email text"]),
    ("emails", ["UPDATE customers SET email = lower(split_part(name, ';', 1)) || '@example.com'"]),
    ("total", [
        "CREATE FUNCTION total(o bigint) RETURNS numeric LANGUAGE sql AS $$\n"
        "  -- the lines' prices; summed\n"
        "  SELECT sum(p.price) FROM order_lines l JOIN products p ON p.id = l.product\n"
        "   WHERE l.order_id = o;\n$$",
    ]),
    ("states", ["CREATE TYPE state AS ENUM ('open', 'paid')", "ALTER TABLE orders ADD COLUMN state state"]),
    ("open_orders", ["CREATE VIEW open_orders AS SELECT id FROM orders WHERE state = 'open'"]),
    ("title_index", ["CREATE UNIQUE INDEX products_title ON products (lower(title))"]),
    ("first_products", ["INSERT INTO products VALUES (1, 'Tea; green', 4.20), (2, 'Pot', 30)"]),
    ("first_orders", [
        "INSERT INTO orders VALUES (1, 1, 'open'), (2, 2, 'paid')",
        "INSERT INTO order_lines VALUES (1, 1, 1), (1, 2, 2), (2, 1, 1)",
    ]),
    ("touched", ["ALTER TABLE orders ADD COLUMN touched int NOT NULL DEFAULT 0"]),
    ("touch", [
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$\nBEGIN\n"
        "  NEW.touched := NEW.touched + 1;\n  RETURN NEW;\nEND;\n$body$",
        "CREATE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch()",
    ]),
    ("pay", ["UPDATE orders SET state = 'paid' WHERE id = 1"]),
    ("invoices", ["CREATE TABLE invoices (order_id bigint PRIMARY KEY REFERENCES orders, sum numeric)"]),
    ("first_invoices", ["INSERT INTO invoices SELECT id, total(id) FROM orders"]),
    ("checks", ["ALTER TABLE products ADD CONSTRAINT price_positive CHECK (price > 0)"]),
    ("comments", ["COMMENT ON TABLE invoices IS 'one an order; never two'"]),
    ("rename", ["ALTER TABLE products RENAME COLUMN title TO label"]),
    ("refunds", [
        "CREATE SEQUENCE refund_numbers START 100",
        "CREATE TABLE refunds (n bigint DEFAULT nextval('refund_numbers') PRIMARY KEY, order_id bigint)",
    ]),
    ("first_refund", ["INSERT INTO refunds (order_id) VALUES (2)"]),
    ("drop_view", ["DROP VIEW open_orders"]),
]  # fmt: skip
HALF = 10


def text_of(name: str, statements: list[str]) -> str:
    return f"-- {name}, don't touch; it's applied\n" + "".join(f"{one};\n" for one in statements)


def write_flyway(folder: Path, count: int | None = None) -> Path:
    """V1__..., and a few versions as teams write them: 1_1, 02, 2.10."""
    folder.mkdir()
    for number, (name, statements) in enumerate(MIGRATIONS[:count], 1):
        version = {2: "1_1", 3: "02", 4: "2.9", 5: "2.10"}.get(number, str(number))
        place = folder / ("later" if number % 7 == 0 else "")
        place.mkdir(exist_ok=True)
        (place / f"V{version}__{name}.sql").write_text(text_of(name, statements))
    return folder


def write_versions(folder: Path, count: int | None = None, ending: str = ".sql") -> Path:
    """VERSION_name.sql, as aurora and Atlas have them."""
    folder.mkdir()
    for number, (name, statements) in enumerate(MIGRATIONS[:count], 1):
        (folder / f"202601{number:02d}120000_{name}{ending}").write_text(text_of(name, statements))
    return folder


JAVASCRIPT = """const fs = require('fs');
const path = require('path');
const folder = path.join(__dirname, 'resources', 'v%d');
module.exports = {
  up: async (queryInterface) => {
    for (const file of fs.readdirSync(folder).sort()) {
      await queryInterface.sequelize.query(fs.readFileSync(path.join(folder, file), 'utf8'));
    }
  },
  down: () => Promise.resolve(),
};
"""


def write_sequelize(folder: Path, count: int | None = None) -> Path:
    """A JavaScript file a version that runs the folder of its number; a statement a file there."""
    for number, (name, statements) in enumerate(MIGRATIONS[:count], 1):
        place = folder / "resources" / f"v{number}"
        place.mkdir(parents=True)
        (folder / f"202601{number:02d}-{name}.js").write_text(JAVASCRIPT % number)
        for part, statement in enumerate(statements, 1):
            (place / f"{part:02d}_{name}.sql").write_text(text_of(name, [statement]))
    return folder
