;; A tag to import.
(module (tag (export "tag") (param i32)))
