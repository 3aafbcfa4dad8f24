internal import Apus
internal import ArgumentParser
internal import Foundation
internal import TorchVision

/// `apus models`
struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List the networks and their published weights.",
        discussion: """
            A plain name asks for the first weights of a network, as torchvision's pretrained=True does; NAME:WEIGHTS for \
            others. DEFAULT marks those that torchvision calls so.

            EXAMPLES
              apus models
              apus models --format json
            """)

    @Option(help: "How the list is printed: table, json.")
    var format = ReportFormat.table

    func run() throws {
        let rows = Architecture.all.flatMap(ModelRow.rows)
        switch format {
        case .json: try Console.write(Console.json(rows, pretty: true))
        case .table:
            var table = Table([
                ("network", .left), ("parameters", .right), ("weights", .left), ("top-1", .right), ("top-5", .right),
                ("GFLOPs", .right), ("input", .right), ("file", .left),
            ])
            for row in rows {
                table.add([
                    row.network, row.parameters.grouped, (row.weights ?? "-") + (row.isDefault ? " = DEFAULT" : ""),
                    row.top1.map { String(format: "%.1f", $0) } ?? "-",
                    row.top5.map { String(format: "%.1f", $0) } ?? "-",
                    row.gigaflops.map { String(format: "%.2f", $0) } ?? "-", "\(row.input)", row.file ?? "-",
                ])
            }
            try Console.write(table.text)
        }
    }
}

/// A network with one of its weights.
private struct ModelRow: Encodable {
    let network: String
    let parameters: Int
    let weights: String?
    let isDefault: Bool
    let top1: Double?
    let top5: Double?
    let gigaflops: Double?
    let input: Int
    let file: String?
    let url: String?

    static func rows(of architecture: Architecture) -> [ModelRow] {
        guard !architecture.weights.isEmpty else { return [ModelRow(architecture, nil)] }
        return architecture.weights.map { ModelRow(architecture, $0) }
    }

    private init(_ architecture: Architecture, _ weights: PretrainedWeights?) {
        network = architecture.name
        parameters = architecture.parameterCount
        self.weights = weights?.name
        isDefault = weights != nil && weights?.name == architecture.defaultWeights
        top1 = weights?.accuracy?.top1
        top5 = weights?.accuracy?.top5
        gigaflops = weights?.gigaflops
        input = (weights?.preprocessing ?? architecture.preprocessing).cropSize
        file = weights?.file.fileName
        url = weights?.file.url
    }
}
