import ArgumentParser
import DRNetGPU

/// Which of a run's weights a command uses.
struct RunWeightsOptions: ParsableArguments {
  @Option(
    help: """
      Weights of the run to use: average or trained (default: those that its pose LSTM was trained with, or average, if \
      one is kept).
      """) var weights: ModelWeights?
}
