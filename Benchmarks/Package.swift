// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that nobody who uses Swiftflow builds it.
let package = Package(
    name: "swiftflow-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "swiftflow", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .executableTarget(
            name: "Benchmark",
            dependencies: [
                .product(name: "Swiftflow", package: "swiftflow"),
                .product(name: "_SwiftflowInternals", package: "swiftflow"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: [
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ])
    ]
)
