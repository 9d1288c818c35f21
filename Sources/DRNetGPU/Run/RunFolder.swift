import Files
import Foundation

/// The folder of a run, which holds all its files.
///
/// `config.json`, `metrics.jsonl`, `pose-metrics.jsonl`, `checkpoints/`, `images/`, `evaluation.json`, `classification.json`,
/// `judge.safetensors`, `judgement.json`, `index.html`, and of a sweep `sweep.json`.
public struct RunFolder: Equatable, Sendable {
  /// The folder.
  public let url: URL

  /// The `RunConfiguration`.
  public var configurationFile: URL { url.appending(path: "config.json") }
  /// Metrics of the main model: one `MetricsRow` per line.
  public var metricsFile: URL { url.appending(path: "metrics.jsonl") }
  /// Metrics of the pose LSTM: one `MetricsRow` per line.
  public var poseMetricsFile: URL { url.appending(path: "pose-metrics.jsonl") }
  /// Folder of the checkpoints of both models.
  public var checkpoints: URL { url.appending(path: "checkpoints") }
  /// Folder of pictures and animations.
  public var images: URL { url.appending(path: "images") }
  /// The `Evaluation`.
  public var evaluationFile: URL { url.appending(path: "evaluation.json") }
  /// The `Classification`.
  public var classificationFile: URL { url.appending(path: "classification.json") }
  /// The judge that was trained on the run's clips.
  public var judgeFile: URL { url.appending(path: "judge.safetensors") }
  /// The `Judgement`.
  public var judgementFile: URL { url.appending(path: "judgement.json") }
  /// What a sweep has finished of the run.
  public var sweepFile: URL { url.appending(path: "sweep.json") }
  /// The page that shows the run.
  public var reportFile: URL { url.appending(path: "index.html") }

  /// Whether `name` is that of a file or folder that drnet writes into the folder, or a temporary one for it.
  func isOwn(_ name: String) -> Bool {
    let written = [
      configurationFile, metricsFile, poseMetricsFile, checkpoints, images, evaluationFile, classificationFile,
      judgeFile, judgementFile, reportFile, sweepFile,
    ].map(\.lastPathComponent)
    return name == RunLock.fileName || written.contains { $0 == name || Temporary.isName(name, for: $0 + ".") }
  }

  /// Whether `name` is that of a file that drnet writes into `images/`, or a temporary one for it.
  static func isOwnImage(_ name: String) -> Bool {
    let written = /(swap|reconstructions|prediction(-[0-9]+)?)\.png|((pose-)?curves|prediction-quality)\.svg/
    return name.wholeMatch(of: written) != nil || Temporary.isName(name, for: "")
  }

  /// The folder at `url`, whether or not there is a run in it.
  package init(url: URL) { self.url = url }

  /// Checks, without writing anything, that `create` can make a run at `url`. Call this before the slow parts of
  /// starting a run.
  /// - Throws: `FileError` if the folder cannot be written, holds other files, or holds a run and `force` is not set.
  public static func requireCreatable(at url: URL, force: Bool) throws {
    var status = stat()
    guard stat(url.path, &status) == 0 else {
      guard errno == ENOENT else { throw FileError(url, cannot: "create", errno: errno) }
      return try requireWritable(nearestFolder(above: url), for: url)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw FileError(url, "this is a file; choose another --out")
    }
    let content = try DataFile.names(in: url).filter { $0 != RunLock.fileName && !isRemnant($0, in: url) }
    if !content.isEmpty {
      guard content.contains("config.json") else {
        throw FileError(url, "this folder holds other files and no run; choose another --out")
      }
      guard force else {
        throw FileError(
          url,
          "this folder holds a run already; choose another --out, continue it with --resume, or replace it with "
            + "--force")
      }
    }
    try requireWritable(url, for: url)
  }

  /// Creates the folder of a new run and writes its `config.json`.
  ///
  /// With `force` an old run at `url` is replaced, whole or not at all; files with other names stay.
  /// - Throws: `SettingError` if the configuration cannot be used; `FileError` if the run cannot be created, or another
  ///   process trains in the old one.
  public static func create(at url: URL, _ configuration: RunConfiguration, force: Bool) throws -> RunFolder {
    try configuration.validate()
    try requireCreatable(at: url, force: force)
    guard isRun(at: url) else { return try createLocked(at: url, configuration).run }
    let replacement = try RunReplacement(of: url, locked: RunLock(url)) {
      try createLocked(at: $0, configuration).lock
    }
    try replacement.commit()
    return replacement.run
  }

  /// Creates the folder of a new run where there is none, locked.
  /// - Throws: as `create`.
  package static func createLocked(
    at url: URL, _ configuration: RunConfiguration
  ) throws -> (run: RunFolder, lock: RunLock) {
    let run = RunFolder(url: url)
    var made = try AtomicFile.makeFolders(to: url)
    var lock: RunLock?
    do {
      lock = try RunLock(url)
      // Another process may have made one meanwhile.
      try requireCreatable(at: url, force: false)
      try removeRemnants(in: url)
      made += try AtomicFile.makeFolders(to: run.checkpoints)
      made += try AtomicFile.makeFolders(to: run.images)
      try AtomicFile.write(run.encode(configuration), to: run.configurationFile)
      return (run, lock!)
    } catch {
      lock = nil
      for folder in made.reversed() { rmdir(folder.path) }
      throw error
    }
  }

  /// Whether there is a run at `url`.
  package static func isRun(at url: URL) -> Bool { access(RunFolder(url: url).configurationFile.path, F_OK) == 0 }

  /// The existing run at `url`.
  /// - Throws: `FileError` if there is none.
  public static func open(_ url: URL) throws -> RunFolder {
    let run = RunFolder(url: url)
    guard access(url.path, F_OK) == 0 else { throw FileError(url, cannot: "open the run", errno: errno) }
    guard access(run.configurationFile.path, F_OK) == 0 else {
      throw FileError(url, "this folder holds no run (no config.json); check the path")
    }
    return run
  }

  /// Reads and validates `config.json`.
  /// - Throws: `FileError` if it cannot be read, is no configuration or holds a setting that cannot be used.
  public func configuration() throws -> RunConfiguration {
    let data = try DataFile.read(
      configurationFile, atMost: Self.maxConfigurationBytes, expected: "the configuration of a run")
    try ChecksummedJSON.verify(data, of: configurationFile)
    let configuration: RunConfiguration
    var text = JSONValue.null
    do {
      // Foundation does not tell the position of a syntax error, nor a syntax error from a number out of range.
      text = try JSONValue(parsing: data)
      configuration = try JSONDecoder().decode(RunConfiguration.self, from: data)
    } catch let error as JSONValue.SyntaxError {
      throw FileError(configurationFile, "this is not JSON: \(error)")
    } catch let error as DecodingError {
      throw FileError(configurationFile, "this is no configuration of a run: " + Self.reason(error, in: text, data))
    }
    do {
      try configuration.pose?.validate()
    } catch {
      throw FileError(configurationFile, "pose: \(error)")
    }
    do {
      try configuration.validate()
      _ = try configuration.dataSet()
    } catch {
      throw FileError(configurationFile, "\(error)")
    }
    return configuration
  }

  /// Bytes; a configuration of all settings has about two thousand.
  private static let maxConfigurationBytes = 1 << 20

  /// Checks that a training can continue here. Folders that are missing are created, since git and some backups drop empty
  /// ones, and temporary files of killed processes are removed.
  /// - Throws: `FileError` if the folder, its checkpoints or its metrics cannot be written, or are links, which could lead
  ///   out of the run.
  public func requireWritable() throws {
    for folder in [checkpoints, images] { try makeOwnFolder(folder) }
    try Self.removeRemnants(in: url)
    for file in [metricsFile, poseMetricsFile] where DataFile.isLink(file) {
      throw FileError(file, cannot: "write", errno: ELOOP)
    }
    for folder in [url, checkpoints] {
      guard access(folder.path, W_OK | X_OK) == 0 else { throw FileError(folder, cannot: "write", errno: errno) }
    }
  }

  /// The file in `images/` called `name`, to be written; the folder is created if it is missing.
  /// - Throws: `FileError` if the folder is a link, which could lead out of the run, or cannot be created.
  package func imageToWrite(_ name: String) throws -> URL {
    try makeOwnFolder(images)
    return images.appending(path: name)
  }

  /// Replaces `config.json` atomically.
  /// - Throws: `SettingError` if the configuration cannot be used; `FileError` if the file cannot be written.
  public func write(_ configuration: RunConfiguration) throws {
    try configuration.validate()
    try AtomicFile.write(encode(configuration), to: configurationFile)
  }

  /// Checks, without writing anything, that no pose LSTM was trained in this run, unless `force` is set.
  /// - Throws: `FileError` if one was.
  public func requirePoseCreatable(force: Bool) throws {
    guard !force else { return }
    guard try !hasPose() else {
      throw FileError(
        url, "the pose LSTM of this run was trained already; continue with --resume or replace it with --force")
    }
  }

  /// Whether a pose LSTM was trained in this run.
  package func hasPose() throws -> Bool {
    try !Checkpoints(in: self, .pose, keep: 1).list().isEmpty || access(poseMetricsFile.path, F_OK) == 0
  }

  /// Starts a new pose LSTM: writes its settings. With `force` an old one is replaced, whole or not at all.
  /// - Throws: `FileError` if there is one and `force` is not set, or a file cannot be written; `SettingError` if the
  ///   settings cannot be used.
  public func createPose(_ pose: PoseConfiguration, force: Bool) throws {
    try requirePoseCreatable(force: force)
    if try hasPose() {
      let replacement = try RunReplacement(of: url, locked: RunLock(url)) { try copy(to: $0, with: pose) }
      return try replacement.commit()
    }
    try write(pose: pose)
  }

  /// Replaces the settings of the pose LSTM in `config.json` atomically.
  /// - Throws: `SettingError` if they cannot be used; `FileError` if the file cannot be read or written.
  public func write(pose: PoseConfiguration) throws {
    var configuration = try configuration()
    configuration.pose = pose
    try write(configuration)
  }

  /// Makes this run with a new pose LSTM in an empty folder, and locks it. Files are linked, not copied, where the file
  /// system can. What was made with the old pose LSTM stays behind: its checkpoints, metrics and predictions, and the
  /// evaluation.
  package func copy(to folder: URL, with pose: PoseConfiguration) throws -> RunLock {
    var configuration = try configuration()
    configuration.pose = pose
    let (copy, lock) = try Self.createLocked(at: folder, configuration)
    func link(_ name: String, from old: URL, to new: URL) throws {
      let (old, new) = (old.appending(path: name), new.appending(path: name))
      guard Glibc.link(old.path, new.path) != 0 else { return }
      do {
        try FileManager.default.copyItem(at: old, to: new)
      } catch {
        throw FileError(old, "cannot copy this to \(new.relativePath); check both")
      }
    }
    for file in [metricsFile, judgeFile] where access(file.path, F_OK) == 0 {
      try link(file.lastPathComponent, from: url, to: copy.url)
    }
    // Files of other names move when the old run is removed.
    for (old, new, ofPose, isOwn) in [
      (checkpoints, copy.checkpoints, "pose-", Checkpoints.isOwn), (images, copy.images, "prediction", Self.isOwnImage),
    ] where access(old.path, F_OK) == 0 {
      for name in try DataFile.names(in: old)
      where isOwn(name) && !name.hasPrefix(ofPose) && !name.hasPrefix(".") {
        try link(name, from: old, to: new)
      }
    }
    return lock
  }

  private func encode(_ configuration: RunConfiguration) throws -> Data {
    try ChecksummedJSON.encode(configuration)
  }

  private static func reason(_ error: DecodingError, in text: JSONValue, _ data: Data) -> String {
    func see(_ keys: [String]) -> String {
      let found = keys.reduce(text) { $0[$1] ?? .null }
      let command = keys.first == "pose" ? "train-pose" : "train"
      return "'\(keys.joined(separator: "."))' cannot be \(found.shortText); see its flag in drnet \(command) --help"
    }
    func path(_ keys: [any CodingKey]) -> String { keys.map(\.stringValue).joined(separator: ".") }
    switch error {
    case .keyNotFound(let key, let context): return "'\(path(context.codingPath + [key]))' is missing"
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      return undecodableNumber(in: data).map(see) ?? "a number is out of range or not whole"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      return context.codingPath.isEmpty ? "it is \(text.shortText)" : see(context.codingPath.map(\.stringValue))
    @unknown default: return "\(error)"
    }
  }

  /// The keys of the number in whose place 1 can be decoded; nil if there is no such number. Foundation does not tell
  /// which number is out of range or not whole.
  private static func undecodableNumber(in data: Data) -> [String]? {
    guard let members = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else { return nil }
    let ofPose = members["pose"] as? [String: Any] ?? [:]
    let paths = members.keys.sorted().map { [$0] } + ofPose.keys.sorted().map { ["pose", $0] }
    return paths.first { path in
      var (replaced, pose) = (members, ofPose)
      if path.count == 1 { replaced[path[0]] = 1 } else { pose[path[1]] = 1 }
      if path.count > 1 { replaced["pose"] = pose }
      guard let text = try? JSONSerialization.data(withJSONObject: replaced) else { return false }
      return (try? JSONDecoder().decode(RunConfiguration.self, from: text)) != nil
    }
  }
}

extension RunFolder {
  /// Whether `name` was left by a process that was killed while it created a run here.
  private static func isRemnant(_ name: String, in folder: URL) -> Bool {
    if Temporary.isName(name, for: "config.json.") { return true }
    guard name == "checkpoints" || name == "images" else { return false }
    return (try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: name).path).isEmpty) ?? false
  }

  /// Removes temporary files of killed processes beside `config.json`.
  private static func removeRemnants(in folder: URL) throws {
    for name in try DataFile.names(in: folder) where isRemnant(name, in: folder) && name.hasPrefix(".") {
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
}
