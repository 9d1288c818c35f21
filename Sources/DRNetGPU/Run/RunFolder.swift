import Files
import Foundation

/// The folder that holds all that one run makes.
///
/// `config.json`, `metrics.jsonl`, `pose-metrics.jsonl`, `checkpoints/`, `images/`, `evaluation.json`, `index.html`.
public struct RunFolder: Equatable, Sendable {
  public let url: URL

  public var configurationFile: URL { url.appending(path: "config.json") }
  public var metricsFile: URL { url.appending(path: "metrics.jsonl") }
  public var poseMetricsFile: URL { url.appending(path: "pose-metrics.jsonl") }
  public var checkpoints: URL { url.appending(path: "checkpoints") }
  public var images: URL { url.appending(path: "images") }
  public var evaluationFile: URL { url.appending(path: "evaluation.json") }
  public var reportFile: URL { url.appending(path: "index.html") }

  /// Checks, without writing anything, that `create` may make a run at `url`.
  ///
  /// Call this before the slow parts of starting a run.
  public static func requireCreatable(at url: URL, force: Bool) throws {
    var status = stat()
    guard stat(url.path, &status) == 0 else {
      guard errno == ENOENT else { throw FileError(url, cannot: "create", errno: errno) }
      return try requireWritable(nearestFolder(above: url), for: url)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw FileError(url, "this is a file; choose another --out")
    }
    let content = try contents(of: url).filter { !isRemnant($0, in: url) }
    if !content.isEmpty {
      guard content.contains("config.json") else {
        throw FileError(url, "this folder holds other files and no run; choose another --out")
      }
      guard force else {
        throw FileError(
          url, "there is a run here already; choose another --out, go on with --resume, or replace it with --force")
      }
    }
    try requireWritable(url, for: url)
  }

  /// Makes the folder of a new run and writes its `config.json`.
  ///
  /// With `force` an old run at `url` is removed once the new configuration is on disk; files with other names stay.
  public static func create(at url: URL, _ configuration: RunConfiguration, force: Bool) throws -> RunFolder {
    try configuration.validate()
    try requireCreatable(at: url, force: force)
    let run = RunFolder(url: url)
    var made = try AtomicFile.makeFolders(to: url)
    do {
      try AtomicFile.write(to: run.configurationFile) { output in
        try output.append(run.encode(configuration))
        for old in [
          run.metricsFile, run.poseMetricsFile, run.checkpoints, run.images, run.evaluationFile, run.reportFile,
        ] {
          try removeIfThere(old)
        }
        try removeRemnants(in: url)
        made += try AtomicFile.makeFolders(to: run.checkpoints)
        made += try AtomicFile.makeFolders(to: run.images)
      }
    } catch {
      for folder in made.reversed() { rmdir(folder.path) }
      throw error
    }
    return run
  }

  /// The run at `url`, which must be there.
  public static func open(_ url: URL) throws -> RunFolder {
    let run = RunFolder(url: url)
    guard access(url.path, F_OK) == 0 else { throw FileError(url, cannot: "open the run", errno: errno) }
    guard access(run.configurationFile.path, F_OK) == 0 else {
      throw FileError(url, "this folder holds no run (no config.json); check the path")
    }
    return run
  }

  /// Reads and validates `config.json`.
  public func configuration() throws -> RunConfiguration {
    let data = try mapFile(configurationFile)
    let configuration: RunConfiguration
    do {
      // Foundation does not say where a text stops being JSON, nor tell that from a number out of range.
      _ = try JSONValue(parsing: data)
      configuration = try JSONDecoder().decode(RunConfiguration.self, from: data)
    } catch let error as JSONValue.SyntaxError {
      throw FileError(configurationFile, "this is not JSON: \(error)")
    } catch let error as DecodingError {
      throw FileError(configurationFile, "this is no configuration of a run: " + Self.reason(error))
    }
    do {
      try configuration.validate()
    } catch {
      throw FileError(configurationFile, "\(error)")
    }
    return configuration
  }

  /// Checks, without writing anything, that a training may go on here.
  public func requireWritable() throws {
    for folder in [url, checkpoints] where access(folder.path, F_OK) == 0 {
      guard access(folder.path, W_OK | X_OK) == 0 else { throw FileError(folder, cannot: "write", errno: errno) }
    }
  }

  /// Replaces `config.json`.
  public func write(_ configuration: RunConfiguration) throws {
    try configuration.validate()
    try AtomicFile.write(encode(configuration), to: configurationFile)
  }

  /// Checks, without writing anything, that no pose LSTM was trained in this run, unless `force`.
  public func requirePoseCreatable(force: Bool) throws {
    guard !force else { return }
    let old = try Checkpoints(in: self, .pose, keep: 1).list()
    guard old.isEmpty, access(poseMetricsFile.path, F_OK) != 0 else {
      throw FileError(
        url, "the pose LSTM of this run was trained already; go on with --resume or replace it with --force")
    }
  }

  /// Makes room for a new pose LSTM: writes its settings, then removes what an old one left.
  public func createPose(_ pose: PoseConfiguration, force: Bool) throws {
    try requirePoseCreatable(force: force)
    var configuration = try configuration()
    configuration.pose = pose
    try write(configuration)
    for old in try Checkpoints(in: self, .pose, keep: 1).list() { try Self.removeIfThere(old.url) }
    try Self.removeIfThere(poseMetricsFile)
  }

  private func encode(_ configuration: RunConfiguration) throws -> Data {
    try JSONEncoder.stable(isPretty: true).encode(configuration) + Data("\n".utf8)
  }

  private static func reason(_ error: DecodingError) -> String {
    func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
      (context.codingPath + (last.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case .keyNotFound(let key, let context): "'\(path(context, key))' is missing"
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      "'\(path(context))' is not of type \(type)"
    default: "a number is out of range or not whole"
    }
  }
}

extension RunFolder {
  private static func contents(of folder: URL) throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder.path)
    } catch {
      throw FileError(folder, "cannot read this folder; choose another --out, or change its permissions")
    }
  }

  /// Whether `name` is what a process left that was killed while it made a run here.
  private static func isRemnant(_ name: String, in folder: URL) -> Bool {
    if name.hasPrefix(".config.json."), name.hasSuffix(".temporary") { return true }
    guard name == "checkpoints" || name == "images" else { return false }
    return (try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: name).path).isEmpty) ?? false
  }

  /// Removes what killed processes left beside `config.json`; this process is writing its own.
  private static func removeRemnants(in folder: URL) throws {
    let own = AtomicFile.temporary(of: RunFolder(url: folder).configurationFile).lastPathComponent
    for name in try contents(of: folder) where name != own && isRemnant(name, in: folder) && name.hasPrefix(".") {
      unlink(folder.appending(path: name).path)
    }
  }

  private static func nearestFolder(above url: URL) -> URL {
    var folder = url.deletingLastPathComponent()
    while access(folder.path, F_OK) != 0, folder.path != "/" { folder.deleteLastPathComponent() }
    return folder
  }

  private static func requireWritable(_ folder: URL, for url: URL) throws {
    guard access(folder.path, W_OK | X_OK) == 0 else { throw FileError(url, cannot: "create", errno: errno) }
  }

  private static func removeIfThere(_ url: URL) throws {
    guard access(url.path, F_OK) == 0 else { return }
    do {
      try FileManager.default.removeItem(at: url)
    } catch {
      throw FileError(url, "cannot remove this; change its permissions or choose another --out")
    }
  }
}
