create index products_name on products (name);
