/// The thresholds of the rules. docs/diagnosis.md gives the reason for each.
enum Threshold: String, CaseIterable {
    case risePeriod = "epochs after the lowest validation loss"
    case rise = "rise of the validation loss"
    case riseNoise = "rise over its noise"
    case trainingFall = "fall of the training loss meanwhile"
    case gap = "gap between the accuracies"
    case gapNoise = "gap over its standard error"
    case chanceFactor = "first epoch's loss over chance level"
    case peakFactor = "a step's loss over chance level"
    case rateSteps = "steps before a loss that shows the learning rate"
    case jump = "rise of the training loss"
    case jumps = "rises of the training loss"
    case jumpFraction = "fraction of rises"
    case leap = "jump of the training loss"
    case leapHeight = "jump over chance level"
    case crawl = "fall of the losses per epoch"
    case crawlSteady = "fraction of epochs that fall"
    case crawlStraight = "second half's fall over the first's"
    case crawlLoss = "loss left over the prior baseline"
    case skill = "skill"
    case minimumEpochs = "epochs to judge by"
    case freshSteps = "steps of a new network"
    case trainedSteps = "steps of a pretrained network"
    case labelSkill = "skill in labels"
    case steadyRate = "last learning rate over the highest"
    case classImages = "validation images of a class"
    case imbalance = "largest class over smallest"
    case uncertainty = "uncertainty of the accuracy"
    case improvement = "fall of the validation loss per epoch"

    /// The threshold, in the unit of `text`.
    var value: Double {
        switch self {
        case .risePeriod: 3
        case .rise: 0.05
        case .riseNoise: 4
        case .trainingFall: 0.05
        case .gap: 0.15
        case .gapNoise: 3
        case .chanceFactor: 1.5
        case .peakFactor: 3
        case .rateSteps: 5
        case .jump: 0.1
        case .jumps: 2
        case .jumpFraction: 0.25
        case .leap: 2
        case .leapHeight: 0.1
        case .crawl: 0.02
        case .crawlSteady: 0.8
        case .crawlStraight: 0.5
        case .crawlLoss: 0.5
        case .skill: 0.5
        case .minimumEpochs: 3
        case .freshSteps: 100
        case .trainedSteps: 20
        case .labelSkill: 0.1
        case .steadyRate: 0.5
        case .classImages: 3
        case .imbalance: 4
        case .uncertainty: 0.03
        case .improvement: 0.01
        }
    }

    /// The threshold as docs/diagnosis.md shows it.
    var text: String {
        switch self {
        case .rise, .trainingFall, .jump, .jumpFraction, .crawl, .crawlSteady, .improvement: percent
        case .gap, .uncertainty: "\(Int((value * 100).rounded())) points"
        case .chanceFactor, .peakFactor, .leap, .crawlStraight, .crawlLoss, .imbalance, .leapHeight, .steadyRate:
            "\(short) times"
        case .riseNoise, .gapNoise: "\(short) deviations"
        case .risePeriod, .rateSteps, .jumps, .minimumEpochs, .classImages, .skill, .freshSteps, .trainedSteps,
            .labelSkill:
            short
        }
    }

    private var percent: String { "\(Int((value * 100).rounded())) %" }
    private var short: String { value == value.rounded() ? "\(Int(value))" : "\(value)" }
}
