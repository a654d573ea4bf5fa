module privyseal.test/peer

go 1.19
