module server

go 1.21

require github.com/vmihailenco/msgpack/v5 v5.4.1
