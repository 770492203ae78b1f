// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// What the simulation runs is optimised in debug builds too, where this is set, as the Makefile does: it runs tens of thousands of histories. Who depends on the package never sees the flag, which would
// keep the package from being depended on.
let optimized: [SwiftSetting] = Context.environment["SWIFTFLOW_OPTIMIZED"] == "1" ? [.unsafeFlags(["-O"])] : []

let package = Package(
    name: "swiftflow",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Swiftflow", targets: ["Swiftflow"]),
        .library(name: "KisFlow", targets: ["KisFlow"]),
        .library(name: "KisConnectors", targets: ["KisConnectors"]),
        .library(name: "SwiftflowTesting", targets: ["SwiftflowTesting"]),
        // For Benchmarks/ only: no promise is made about it.
        .library(
            name: "_SwiftflowInternals", targets: ["BSON", "Engine", "MongoBackend", "MongoDriver", "Records", "SQLiteBackend", "Workflow"]),
        .executable(name: "swiftflow", targets: ["swiftflow-node"]),
        .executable(name: "commander", targets: ["commander"]),
        .executable(name: "example-worker", targets: ["ExampleWorker"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibMongoC", pkgConfig: "libmongoc-1.0", providers: [.apt(["libmongoc-dev"]), .brew(["mongo-c-driver@1"])]),
        .target(name: "CMongo", dependencies: ["CLibMongoC"], cSettings: [.enableWarning("all")]),
        .target(name: "BSON", swiftSettings: settings),
        .target(
            name: "MongoDriver", dependencies: ["BSON", "CMongo", .product(name: "Logging", package: "swift-log")], swiftSettings: settings),
        .target(
            name: "KisFlow",
            dependencies: [
                .product(name: "Logging", package: "swift-log"), .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings
        ),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(
            name: "KisConnectors",
            dependencies: [
                "BSON", "CZlib", "KisFlow", "MongoDriver",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Workflow",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "HashTreeCollections", package: "swift-collections"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings + optimized
        ),
        .target(
            name: "Engine",
            dependencies: [
                "Workflow",
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings + optimized
        ),
        .target(
            name: "Records", dependencies: ["BSON", "Engine", "Workflow", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings),
        .target(
            name: "MongoBackend",
            dependencies: ["BSON", "Engine", "MongoDriver", "Records", "Workflow", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings
        ),
        .target(
            name: "SQLiteBackend",
            dependencies: [
                "BSON", "Engine", "Records", "Workflow",
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Actions",
            dependencies: [
                "Engine", "KisFlow", "Workflow",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Console",
            dependencies: ["Engine", "Workflow", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: settings
        ),
        .target(
            name: "Swiftflow",
            dependencies: [
                "Actions", "Console", "Engine", "KisConnectors", "KisFlow", "MongoBackend", "SQLiteBackend", "Workflow",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings
        ),
        .target(name: "SwiftflowTesting", dependencies: ["Workflow"], swiftSettings: settings),
        .executableTarget(
            name: "swiftflow-node",
            dependencies: ["Swiftflow", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "commander",
            dependencies: [
                "Console", "Engine", "Records", "Swiftflow", "Workflow",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ExampleWorker",
            dependencies: [
                "Engine", "KisConnectors", "KisFlow", "Swiftflow", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        .target(name: "ClockSkew", path: "Tests/ClockSkew", cSettings: [.enableWarning("all")]),
        .executableTarget(
            name: "JournalWorker",
            dependencies: [
                "ClockSkew", "Engine", "KisFlow", "SQLiteBackend", "Swiftflow", "Workflow",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/JournalWorker", swiftSettings: settings),
        .target(name: "TestSupport", dependencies: ["Engine", "Workflow"], path: "Tests/TestSupport", swiftSettings: settings + optimized),
        .testTarget(name: "BSONTests", dependencies: ["BSON"], swiftSettings: settings),
        .testTarget(name: "MongoDriverTests", dependencies: ["BSON", "MongoDriver", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "KisFlowTests",
            dependencies: [
                "BSON", "ExampleWorker", "KisConnectors", "KisFlow", "MongoDriver",
                .product(name: "Logging", package: "swift-log"), .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["Resources"],
            swiftSettings: settings),
        .testTarget(name: "WorkflowTests", dependencies: ["TestSupport", "Workflow"], swiftSettings: settings),
        .testTarget(name: "SwiftflowTestingTests", dependencies: ["SwiftflowTesting", "Workflow"], swiftSettings: settings),
        .testTarget(name: "SwiftflowTests", dependencies: ["Engine", "Swiftflow"], swiftSettings: settings),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "Engine", "TestSupport", "Workflow",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Engine", "TestSupport", "Workflow", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings + optimized),
        .testTarget(
            name: "ActionsTests",
            dependencies: ["Actions", "Engine", "KisFlow", "Workflow", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings),
        .testTarget(
            name: "CommanderTests",
            dependencies: [
                "BSON", "Console", "Engine", "Records", "TestSupport", "Workflow", "commander",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "BackendConformanceTests",
            dependencies: [
                "BSON", "Engine", "MongoBackend", "MongoDriver", "Records", "SQLiteBackend", "TestSupport", "Workflow",
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "MongoBackendTests",
            dependencies: [
                "BSON", "Engine", "MongoBackend", "MongoDriver", "Records", "TestSupport", "Workflow",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "SQLiteBackendTests",
            dependencies: [
                "BSON", "Engine", "JournalWorker", "Records", "SQLiteBackend", "TestSupport", "Workflow",
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "DevTests",
            dependencies: ["Console", "Engine", "KisFlow", "Swiftflow", "Workflow", "commander", "swiftflow-node"],
            swiftSettings: settings),
        .testTarget(
            name: "ClusterTests",
            dependencies: [
                "BSON", "Engine", "ExampleWorker", "JournalWorker", "MongoBackend", "MongoDriver", "Swiftflow", "TestSupport", "Workflow",
                "commander", "swiftflow-node",
            ],
            swiftSettings: settings),
    ]
)
