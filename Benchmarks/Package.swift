// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// A package of its own, so that nobody who uses Swiftflow builds it.
let package = Package(
    name: "swiftflow-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "swiftflow", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "Seeded", swiftSettings: settings),
        .executableTarget(
            name: "Benchmark",
            dependencies: [
                "Seeded",
                .product(name: "Swiftflow", package: "swiftflow"),
                .product(name: "_SwiftflowInternals", package: "swiftflow"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        // Counts allocations by taking malloc's place: only in a program of its own, so that nothing else pays for it.
        .target(name: "CAllocations", cSettings: [.enableWarning("all")]),
        .executableTarget(
            name: "Micro",
            dependencies: [
                "CAllocations", "Seeded",
                .product(name: "_SwiftflowInternals", package: "swiftflow"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        // Flows beside bare loops that only decode the same rows.
        .executableTarget(
            name: "Flows",
            dependencies: [
                "CAllocations",
                .product(name: "KisConnectors", package: "swiftflow"),
                .product(name: "KisFlow", package: "swiftflow"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        // The embedded store beside bare upserts of the same rows.
        .executableTarget(
            name: "Embedded",
            dependencies: [
                .product(name: "Swiftflow", package: "swiftflow"),
                .product(name: "_SwiftflowInternals", package: "swiftflow"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        // A simulation of a cluster's capacity: it knows nothing of Swiftflow but what things cost.
        .target(name: "CapacityModel", dependencies: ["Seeded"], swiftSettings: settings),
        .executableTarget(
            name: "Capacity", dependencies: ["CapacityModel", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: settings),
        .testTarget(name: "CapacityTests", dependencies: ["CapacityModel"], swiftSettings: settings),
    ]
)
