-- A semicolon in a string ends no statement.
INSERT INTO shop.products (sku, title, price_cents, details) VALUES
    ('TEA-ASSAM-250', 'Assam; second flush, 250 g', 890, '{"origin": "Assam", "caffeine": true}'),
    ('TEA-ROOIB-250', 'Rooibos, 250 g', 690, '{"origin": "Cederberg", "caffeine": false}'),
    ('CUP-STONE-01', 'Cup, stoneware, 0.3 l', 1450, NULL);

INSERT INTO shop.customers (email, name, country) VALUES
    ('zoe@example.com', 'Zoë Müller', 'DE'),
    ('kenji@example.com', '山田 健二', 'JP');
