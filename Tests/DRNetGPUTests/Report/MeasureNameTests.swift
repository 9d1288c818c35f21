import TestSupport
import Testing

@testable import DRNetGPU

@Suite struct MeasureNameTests {
  @Test(arguments: [
    "swapPSNR", "framesPerSecond", "probes.class.linear.content", "probes.class 2.neighbours.chance",
    "probes.position.linear.posePenalty", "sceneLeak.leak", "prediction.psnr.9", "prediction.clips",
    "contentVariation.directions", "disentanglement.mig",
  ]) func namesThatEvaluationsHaveArePossible(_ name: String) { #expect(MeasureName.isPossible(name)) }

  @Test(arguments: [
    "", ".", "swap", "swapPSRN", "probes", "probes.class", "probes.class.liner.content", "probes.class.linear.poses",
    "probes.mlp.class.pose", "probes..mlp.pose", "probes.class.mlp.posePenalty", "probes.class.rawLinear.pose",
    "sceneLeak", "sceneLeak.lea", "prediction.psnr", "prediction.psnr.-1", "prediction.psnr.x", "prediction.psnrs.0",
    "swapPSNR.0",
  ]) func othersAreNot(_ name: String) {
    #expect(!MeasureName.isPossible(name))
    #expect(MeasureName.expected(inPlaceOf: name).count < 480)
  }
}
