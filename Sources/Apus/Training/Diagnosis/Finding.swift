/// What the curves of a run tell, in words.
public struct Finding: Sendable, Codable, Equatable {
    /// What is found.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The loss jumps, rises or is no number any more.
        case rateTooLarge
        /// The training pictures are learnt by heart: the validation loss rises while the training loss falls.
        case overfitting
        /// The training pictures are recognised far better than the validation pictures.
        case gap
        /// The loss falls steadily but hardly.
        case rateTooSmall
        /// Not even the training pictures are learnt.
        case underfitting
        /// No picture is taken for some class.
        case classNeverPredicted
        /// Some classes have many times the pictures of others.
        case unbalancedClasses
        /// The validation pictures are too few to tell epochs apart.
        case noisyValidation
        /// The validation loss still falls when the run ends.
        case stillImproving
        /// The run is too short to tell anything.
        case tooShort
        /// Nothing to mend.
        case allIsWell
    }

    /// What is found.
    public let kind: Kind
    /// The epoch, from 1, since which it holds; nil where it belongs to the whole run.
    public let since: Int?
    /// What is seen, with its figures.
    public let sentence: String
    /// What usually helps; nil where there is nothing to mend.
    public let advice: String?

    init(_ kind: Kind, since: Int? = nil, _ sentence: String, advice: String? = nil) {
        self.kind = kind
        self.since = since
        self.sentence = sentence
        self.advice = advice
    }
}

extension Finding: CustomStringConvertible {
    /// The sentence, and what helps.
    public var description: String { advice.map { "\(sentence) What helps: \($0)." } ?? sentence }
}
