// swift-tools-version: 6.1
import PackageDescription

let drnet: Target.Dependency = .product(name: "DRNetGPU", package: "drnet")

let package = Package(
  name: "Examples",
  dependencies: [.package(name: "drnet", path: "..")],
  targets: [
    .target(name: "TwoBackends", dependencies: [drnet]),
    .executableTarget(name: "OwnClips", dependencies: [drnet, "TwoBackends"]),
    .executableTarget(name: "Autoencoder", dependencies: [drnet, "TwoBackends"]),
  ],
  swiftLanguageModes: [.v6]
)
