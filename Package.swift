// swift-tools-version: 6.1
import PackageDescription

/// `make test` treats warnings as errors. Packages that depend on this one do not, since newer compilers add warnings.
let isStrict = Context.environment["DRNET_WARNINGS_AS_ERRORS"] == "1"
let swiftSettings: [SwiftSetting] = isStrict ? [.unsafeFlags(["-warnings-as-errors"])] : []
let cSettings: [CSetting] = isStrict ? [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])] : []

let package = Package(
  name: "drnet",
  products: [
    .executable(name: "drnet", targets: ["Trainer"]),
    .library(name: "DRNetGPU", targets: ["DRNetGPU", "Files", "TensorEngine"]),
    // Only for tests, which load it into the command with LD_PRELOAD.
    .library(name: "FailingCalls", type: .dynamic, targets: ["FailingCalls"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: [
    .systemLibrary(name: "COpenCL", pkgConfig: "OpenCL", providers: [.apt(["ocl-icd-opencl-dev", "opencl-headers"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "Kernels", exclude: ["cl"], cSettings: cSettings),
    .target(name: "Files", dependencies: ["CZlib"], swiftSettings: swiftSettings),
    .target(
      name: "TensorEngine", dependencies: ["COpenBLAS", "COpenCL", "Files", "Kernels"], swiftSettings: swiftSettings),
    .target(
      name: "DRNetGPU", dependencies: ["COpenBLAS", "CPNG", "CZlib", "Files", "TensorEngine"],
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "Trainer",
      dependencies: [
        "DRNetGPU", "Files", "TensorEngine", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "TestSupport", dependencies: ["CZlib", "DRNetGPU", "Files", "TensorEngine"], path: "Tests/TestSupport",
      swiftSettings: swiftSettings),
    .target(
      name: "FailingCalls", path: "Tests/FailingCalls", publicHeadersPath: ".", cSettings: cSettings,
      linkerSettings: [.linkedLibrary("dl")]),
    .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"], swiftSettings: swiftSettings),
    .testTarget(
      name: "TensorEngineTests", dependencies: ["COpenCL", "TensorEngine", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "DRNetGPUTests", dependencies: ["CZlib", "DRNetGPU", "TestSupport"], swiftSettings: swiftSettings),
    .testTarget(
      name: "DeviceTests", dependencies: ["COpenCL", "DRNetGPU", "TensorEngine", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "CommandTests", dependencies: ["COpenCL", "Trainer", "DRNetGPU", "Files", "TensorEngine", "TestSupport"],
      swiftSettings: swiftSettings),
  ],
  swiftLanguageModes: [.v6]
)

// Only for `scripts/fuzz`, since the target links only with libFuzzer.
if Context.environment["DRNET_FUZZ"] == "1" {
  package.targets.append(
    .executableTarget(
      name: "Fuzz", dependencies: ["TestSupport"], path: "Tests/Fuzz",
      swiftSettings: [.unsafeFlags(["-parse-as-library"])]))
}

// Only for `make docs`.
if Context.environment["DRNET_DOCS"] == "1" {
  package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}
