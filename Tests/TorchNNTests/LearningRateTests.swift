import Foundation
import TestSupport
import Testing
import TorchNN

/// Learning rates of whole runs, from `torch.optim.lr_scheduler`.
@Suite("Learning-rate schedules") struct LearningRateTests {
    struct Golden: Decodable {
        struct Run: Decodable {
            let schedule: Schedule
            let rate: Double
            let epochs: Int
            let stepsPerEpoch: Int
            let warmUp: Double
            let rates: [Double]
            let momenta: [Double]?
        }
        struct Plateau: Decodable {
            let schedule: Schedule
            let rate: Double
            /// Nil for NaN.
            let losses: [Double?]
            let rates: [Double]
        }
        let runs: [Run]
        let plateaus: [Plateau]
    }

    /// PyTorch computes most rates from the previous one, Apus from the first.
    private func isClose(_ left: Double, _ right: Double) -> Bool { abs(left - right) <= 1e-11 * abs(right) + 1e-16 }

    @Test("Every step of a run has PyTorch's learning rate")
    func rates() throws {
        let golden = try Goldens.json("nn/schedules.json", as: Golden.self)
        #expect(Set(golden.runs.map(\.schedule)).count == 18)
        for run in golden.runs {
            let rate = LearningRate(
                run.schedule, initial: run.rate, warmUpEpochs: run.warmUp, epochs: run.epochs,
                stepsPerEpoch: run.stepsPerEpoch)
            #expect(run.rates.count == run.epochs * run.stepsPerEpoch)
            for (step, expected) in run.rates.enumerated() {
                let found = rate.rate(step: step)
                #expect(isClose(found, expected), "\(run.schedule) of \(run.epochs) epochs, step \(step)")
            }
            for step in run.rates.indices {
                let found = rate.momentum(step: step)
                #expect((found == nil) == (run.momenta == nil))
                if let found, let expected = run.momenta?[step] {
                    #expect(isClose(found, expected), "momentum of \(run.schedule), step \(step)")
                }
            }
        }
    }

    @Test("Plateaus equal PyTorch's")
    func plateaus() throws {
        let golden = try Goldens.json("nn/schedules.json", as: Golden.self)
        #expect(golden.plateaus.count == 10)
        for run in golden.plateaus {
            var rate = LearningRate(run.schedule, initial: run.rate, epochs: run.losses.count, stepsPerEpoch: 3)
            for (epoch, loss) in run.losses.enumerated() {
                for step in 0..<3 {
                    #expect(isClose(rate.rate(step: 3 * epoch + step), run.rates[epoch]), "\(run.schedule), \(epoch)")
                }
                rate.epochEnded(validationLoss: loss ?? .nan)
                // As in a resumed run.
                var resumed = LearningRate(
                    run.schedule, initial: run.rate, epochs: run.losses.count, stepsPerEpoch: 3)
                resumed.memory = try JSONDecoder().decode(
                    LearningRate.Memory.self, from: JSONEncoder().encode(rate.memory))
                rate = resumed
            }
            #expect(isClose(rate.rate(step: 0), run.rates[run.losses.count]))
            #expect(rate.memory.epochs == run.losses.count)
        }
    }

    @Test("A plateau schedule waits for the end of the warm-up")
    func plateauAfterWarmUp() {
        var rate = LearningRate(
            .plateau(.init(patience: 0)), initial: 0.1, warmUpEpochs: 2, epochs: 6, stepsPerEpoch: 10)
        for _ in 0..<2 { rate.epochEnded(validationLoss: 1) }
        #expect(rate.memory.best == nil)
        #expect(abs(rate.rate(step: 10) - 0.1 * 0.505) < 1e-15)
        for _ in 0..<2 { rate.epochEnded(validationLoss: 1) }
        #expect(abs(rate.rate(step: 40) - 0.01) < 1e-15)
    }

    @Test("Other schedules ignore the loss")
    func otherSchedules() {
        var rate = LearningRate(.step(every: 2), initial: 0.1, epochs: 6, stepsPerEpoch: 1)
        for _ in 0..<3 { rate.epochEnded(validationLoss: 9) }
        #expect(rate.rate(step: 1) == 0.1)
        #expect(abs(rate.rate(step: 3) - 0.01) < 1e-15)
    }

    @Test("After the end of a run the last learning rate stays")
    func beyondTheRun() {
        for (schedule, last) in [(Schedule.cosine(minimum: 0.01), 0.01), (.polynomial(power: 2), 0)] {
            let rate = LearningRate(schedule, initial: 0.1, epochs: 2, stepsPerEpoch: 5)
            for step in 10..<30 { #expect(abs(rate.rate(step: step) - last) < 1e-15) }
        }
        let cycle = LearningRate(.oneCycle(), initial: 0.1, epochs: 2, stepsPerEpoch: 5)
        #expect(cycle.rate(step: 20) == cycle.rate(step: 9))
        // PyTorch divides by zero for a phase without length.
        let short = LearningRate(.oneCycle(.init(rise: 0.5)), initial: 0.1, epochs: 2, stepsPerEpoch: 1)
        #expect(abs(short.rate(step: 0) - 0.1) < 1e-15)
    }
}
