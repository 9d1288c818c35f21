import TensorEngine

/// MIG, SAP and DCI of content and pose together as one code: all dimensions of h_c, then all of h_p.
///
/// They are made for codes with one dimension a factor. Content and pose are vectors, so a model may separate them perfectly
/// and still have low values here; compare with the same measures of other models of this kind.
public struct DisentanglementScores: Codable, Equatable, Sendable {
  /// Mutual information gap.
  public var mig: Double
  /// Separated attribute predictability.
  public var sap: Double
  /// DCI disentanglement; nil for a single factor.
  public var disentanglement: Double?
  /// DCI completeness.
  public var completeness: Double?
  /// DCI informativeness: mean over factors of the accuracy of the boosted trees on held-out clips.
  public var informativeness: Double

  static let methods = [
    "MIG": MutualInformationGap.method, "SAP": AttributePredictability.method,
    "DCI":
      "importances of gradient-boosted trees (\(BoostedTrees.stages) stages, depth 3, rate 0.1), one classifier for each "
      + "class factor and each coordinate in \(EqualBins.count) bins; informativeness is their accuracy on held-out clips",
  ]

  /// nil if no factor varies. The seed decides between dimensions that DCI's trees could cut equally well.
  package init?(training: LabelledFeatures, heldOut: LabelledFeatures, seed: UInt64) {
    let content = StandardisedPair(training.content, heldOut.content)
    let pose = StandardisedPair(training.pose, heldOut.pose)
    let code = content.training.beside(pose.training)
    let asked = content.heldOut.beside(pose.heldOut)
    let (knownFactors, askedFactors) = DiscreteFactor.pairs(training.factors, heldOut.factors)
    guard let mig = MutualInformationGap.score(asked, askedFactors),
      let sap = AttributePredictability.score(training: (code, training.factors), heldOut: (asked, heldOut.factors))
    else { return nil }
    let importance = CodeImportance(of: code, knownFactors, heldOut: asked, askedFactors, seed: seed)
    (self.mig, self.sap) = (mig, sap)
    (disentanglement, completeness) = (importance.disentanglement, importance.completeness)
    informativeness = importance.informativeness
  }
}
