import Foundation
import TestSupport
import Testing
import Torch

/// Checkpoints whose names have prefixes that the network's names do not have.
@Suite("Matching of tensor names") struct NameMatchTests {
    /// A network of a body and a head.
    private let shapes: [(name: String, shape: [Int])] = [
        ("body.0.weight", [4, 3]), ("body.0.bias", [4]), ("body.1.running_mean", [4]),
        ("body.1.num_batches_tracked", []), ("fc.weight", [2, 4]), ("fc.bias", [2]),
    ]

    /// A checkpoint of such tensors under other names; `value` makes those of different calls differ.
    private func checkpoint(_ names: [(String, [Int])], value: Double = 1) throws -> Checkpoint {
        Checkpoint(entries: try names.map { ($0.0, try Tensor.ones($0.1) * value) })
    }

    private func named(_ rename: (String) -> String) -> [(String, [Int])] { shapes.map { (rename($0.name), $0.shape) } }

    @Test(
        "Prefixes of wrappers and libraries are found and reported",
        arguments: [
            ("module.", "module."), ("_orig_mod.", "_orig_mod."), ("module._orig_mod.", "module._orig_mod."),
            ("_orig_mod.module.", "_orig_mod.module."), ("model.", "model."), ("net.", "net."),
            ("model._orig_mod.module.", "model._orig_mod.module."), ("ema.module.", "ema.module."),
            ("a b.ü.", "a b.ü."),
        ])
    func prefixes(_ prefix: String, _ removed: String) throws {
        let (matched, match) = try checkpoint(named { prefix + $0 }).matched(to: shapes)
        #expect(matched.entries.map(\.name) == shapes.map(\.name))
        #expect(match.removed == [removed] && match.leftOut.isEmpty)
        #expect(match.summary?.contains("'\(removed)'") == true)
    }

    @Test("The prefix of torch.compile is removed at any depth")
    func compiledParts() throws {
        let file = try checkpoint(
            named { $0.replacing("body.0", with: "body._orig_mod.0").replacing("fc.", with: "fc._orig_mod.") })
        let (matched, match) = try file.matched(to: shapes)
        #expect(matched.entries.map(\.name) == shapes.map(\.name))
        #expect(match.removed == ["_orig_mod."])
        // A part of a network under DataParallel, like AlexNet in PyTorch's ImageNet example.
        let parallel = try checkpoint(named { $0.replacing("body.", with: "body.module.") }).matched(to: shapes)
        #expect(parallel.checkpoint.entries.map(\.name) == shapes.map(\.name))
        #expect(parallel.match.removed == ["module."])
    }

    @Test("A backbone and a head may have different prefixes, or only the backbone has one")
    func backboneAndHead() throws {
        for (body, head) in [
            ("backbone.", "head."), ("model.backbone.", "model.head."), ("module.backbone.", "module.head._orig_mod."),
            ("backbone.", ""), ("model.backbone.", "model."), ("", "head."), ("model.", "model.head."),
            ("module.", "module.head._orig_mod."),
        ] {
            let file = try checkpoint(named { ($0.hasPrefix("fc") ? head : body) + $0 })
            let (matched, match) = try file.matched(to: shapes)
            #expect(matched.entries.map(\.name) == shapes.map(\.name), "\(body) \(head)")
            #expect(Set(match.removed) == Set([body, head].filter { !$0.isEmpty }))
        }
        // A head for other classes is also part of the network.
        let other = try checkpoint(
            named { ($0.hasPrefix("fc") ? "head." : "backbone.") + $0 }.map { name, shape in
                (name, name.contains("fc") ? [7] + shape.dropFirst() : shape)
            })
        #expect(try other.matched(to: shapes).checkpoint.entries.map(\.name) == shapes.map(\.name))
    }

    @Test("Tensors next to the network are left out and named")
    func others() throws {
        let file = try checkpoint([("n_averaged", []), ("criterion.weight", [2])] + named { "module." + $0 })
        let (matched, match) = try file.matched(to: shapes)
        #expect(matched.entries.map(\.name) == shapes.map(\.name))
        #expect(match.leftOut == ["n_averaged", "criterion.weight"])
        #expect(match.summary?.contains("n_averaged") == true)
        // Within the network nothing is left out.
        let unexpected = try checkpoint(named { "module." + $0 } + [("module.extra", [1])]).matched(to: shapes)
        #expect(unexpected.checkpoint.entries.map(\.name) == shapes.map(\.name) + ["extra"])
    }

    @Test("A network's own names stay unchanged, even if they look like prefixes")
    func ownNames() throws {
        for prefix in ["model.", "module.", "backbone.", "_orig_mod.", "model.model."] {
            let own = shapes.map { (prefix + $0.name, $0.shape) }
            let network: [(name: String, shape: [Int])] = own.map { ($0.0, $0.1) }
            let (same, match) = try checkpoint(own).matched(to: network)
            #expect(same.entries.map(\.name) == own.map(\.0) && match == .init())
            let (wrapped, found) = try checkpoint(own.map { ("net." + $0.0, $0.1) }).matched(to: network)
            #expect(wrapped.entries.map(\.name) == own.map(\.0) && found.removed == ["net."])
            let (twice, _) = try checkpoint(own.map { (prefix + $0.0, $0.1) }).matched(to: network)
            #expect(twice.entries.map(\.name) == own.map(\.0))
        }
        // A file with all names keeps the rest, too.
        let more = try checkpoint(named { $0 } + named { "ema." + $0 }).matched(to: shapes)
        #expect(more.checkpoint.entries.count == 12 && more.match == .init())
        // Accidental matches do not count.
        let accident = try checkpoint([("layer.fc.bias", [2]), ("a", [1]), ("b", [1]), ("c", [1])]).matched(to: shapes)
        #expect(accident.checkpoint.entries.map(\.name) == ["layer.fc.bias", "a", "b", "c"])
        #expect(try checkpoint([]).matched(to: shapes).match == .init())
        #expect(try checkpoint([("", [1]), (".", [1]), ("..", [1])]).matched(to: shapes).match == .init())
        #expect(try checkpoint([("a", [1])]).matched(to: []).match == .init())
    }

    @Test("Two parts that fit are an error with the choices, unless their values are equal")
    func ambiguity() throws {
        var file = try checkpoint(named { "student." + $0 })
        file.entries += try checkpoint(named { "teacher._orig_mod." + $0 }, value: 2).entries
        let error = try #require(throws: AmbiguousNamesError.self) { try file.matched(to: shapes) }
        #expect(error.choices.map(\.stateKey) == ["student", "teacher._orig_mod"])
        #expect(error.choices.map(\.tensors) == [6, 6])
        #expect(error.description.contains("`stateKey`") && error.description.contains("'student' (6 tensors)"))
        // A module that was saved under two names.
        var equal = try checkpoint(named { "net." + $0 })
        equal.entries += try checkpoint(named { "compiled._orig_mod." + $0 }).entries
        let (matched, _) = try equal.matched(to: shapes)
        #expect(matched.entries.map(\.name) == shapes.map(\.name))
        // Two heads next to one backbone.
        var heads = try checkpoint(named { "backbone." + $0 }.filter { !$0.0.contains("fc") })
        for (name, value) in [("head", 1.0), ("old_head", 2)] {
            heads.entries += try checkpoint([("\(name).fc.weight", [2, 4]), ("\(name).fc.bias", [2])], value: value)
                .entries
        }
        #expect(throws: AmbiguousNamesError.self) { try heads.matched(to: shapes) }
        // Without a prefix the tensors next to it may also be something else, as may a part with tensors of the body.
        heads.entries = heads.entries.map { ($0.name.replacing("backbone.", with: ""), $0.tensor) }
        #expect(try heads.matched(to: shapes).match == .init())
        heads.entries.removeLast(2)
        #expect(try heads.matched(to: shapes).match.removed == ["head."])
        heads.entries.append(("head.body.0.bias", try Tensor.ones([4])))
        #expect(try heads.matched(to: shapes).match == .init())
    }

    @Test("A state key may be a prefix of names, in either format")
    func stateKeys() throws {
        try withTemporaryFolder { folder in
            var file = try checkpoint(named { "student." + $0 })
            file.entries += try checkpoint(named { "teacher.net." + $0 }, value: 2).entries
            file.moduleVersions = [("", 1), ("teacher.net", 3), ("teacher.net.fc", 4)]
            let (safetensors, pth) = (
                folder.appending(path: "a.safetensors").path, folder.appending(path: "a.pth").path
            )
            try file.writeSafetensors(to: safetensors)
            try file.writePyTorch(to: pth)
            for path in [safetensors, pth] {
                let teacher = try Checkpoint.read(path, stateKey: "teacher.net")
                #expect(teacher.entries.map(\.name) == shapes.map(\.name))
                #expect(try teacher.entries[0].tensor.sum().item() == Float(24))
                #expect(teacher.moduleVersions.map(\.version) == (path == pth ? [3, 4] : []))
                let error = try #require(throws: CheckpointError.self) { try Checkpoint.read(path, stateKey: "nobody") }
                #expect(error.code == .notFound && error.description.contains("student"))
                #expect(throws: CheckpointError.self) { try Checkpoint.read(path, stateKey: "teach") }
            }
        }
    }

    @Test("Extremely long names take little time")
    func longNames() throws {
        let long = String(repeating: "x.", count: 200_000) + "fc.bias"
        let file = try checkpoint([(long, [2]), (String(repeating: ".", count: 300_000), [1])])
        // The time starts here: a time limit on the test would include the wait for its actor.
        let start = ContinuousClock.now
        let leftOut = try file.matched(to: shapes).match.leftOut
        #expect(leftOut.count <= 1 && ContinuousClock.now - start < .seconds(60))
    }
}
