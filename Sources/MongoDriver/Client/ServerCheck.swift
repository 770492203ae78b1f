import BSON

/// What a server's answer to `hello` says about whether it can be used.
struct ServerCheck {
    private let hello: Document

    init(_ hello: Document) {
        self.hello = hello
    }

    func require() throws(MongoError) {
        if hello["msg"]?.stringValue == "isdbgrid" {
            throw MongoError(
                .unsuitableServer, "the URL leads to mongos: sharded clusters are not supported, give the URL of a replica set")
        }
        guard let name = hello["setName"]?.stringValue else {
            throw MongoError(
                .unsuitableServer,
                """
                the server is a standalone one, which has no retryable writes and no transactions. Make it a replica set of one member: \
                start mongod with --replSet rs0, run rs.initiate() once in mongosh, and add ?replicaSet=rs0 to the URL
                """)
        }
        guard hello["isWritablePrimary"]?.boolValue == true else {
            throw MongoError(
                .unsuitableServer,
                "the server is a member of the replica set \(name), but not its primary: add replicaSet=\(name) to the URL, so that the primary is found"
            )
        }
    }
}
