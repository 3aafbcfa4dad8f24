public import Apus
public import ArgumentParser

/// What of a network is shown.
enum ExplanationView: String, EnumerableFlag {
    case heat
    case maps
    case kernels
    case layers
    case statistics

    static func help(for value: ExplanationView) -> ArgumentHelp? {
        switch value {
        case .heat: "Show which places speak for a class. This is what is shown unless --layer stands alone."
        case .maps: "Show what a layer makes of the pictures: its feature maps, the strongest first."
        case .kernels: "Show the kernels of a convolution: the first, or the one that --layer names."
        case .layers: "List the layers by their names."
        case .statistics: "Tell each layer's figures over the pictures: mean, zeros, dead and constant channels."
        }
    }
}

extension ExplanationMethod: ExpressibleByArgument {}
