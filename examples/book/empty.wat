;; The smallest module there is: eight bytes of binary, magic and version.
(module)
