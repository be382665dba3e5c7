\connect other
SELECT 1 \gexec
COPY t FROM stdin;
1	a;b
\.
