UPDATE shop.counter SET n = n + 1;
