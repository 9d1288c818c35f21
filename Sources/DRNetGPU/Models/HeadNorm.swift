/// The statistics that the last layer of an encoder is normalised with in training.
public enum HeadNorm: String, CaseIterable, Codable, Sendable {
  /// Those of the batch: that of drnet-py. A head has one value of each dimension for each clip, so that these statistics
  /// vary: with 32 clips at all places, the mean place of a batch by a sixth of the spread of the places. The decoder draws
  /// as blurred as it must, not knowing that mean.
  case batch
  /// The running ones, by batch renormalisation.
  case running
}
