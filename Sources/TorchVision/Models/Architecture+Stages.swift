extension Architecture {
    /// The names of the stages of each network in `all`, from the input to the head. They are in a file, because
    /// networks can't be made without LibTorch.
    package static let stageNames: [String: [String]] = {
        let lines = String(decoding: PackageResources.stages_tsv, as: UTF8.self).split(separator: "\n")
        var names: [String: [String]] = [:]
        for line in lines {
            let fields = line.split(separator: "\t")
            if fields.count == 2 { names[String(fields[0])] = fields[1].split(separator: " ").map(String.init) }
        }
        return names
    }()
}
