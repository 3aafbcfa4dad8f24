import TestSupport
import Testing
import TorchNN

@Suite struct LearningRateScheduleTests {
    struct Golden: Decodable {
        struct Schedule: Decodable {
            let rate: Double
            let stepSize: Int
            let gamma: Double
            let rates: [Double]
        }
        let stepLR: [Schedule]
    }

    @Test func stepsAsPyTorchs() throws {
        let golden = try Goldens.json("nn/schedules.json", as: Golden.self)
        #expect(golden.stepLR.count == 3)
        for expected in golden.stepLR {
            let schedule = StepLR(stepSize: expected.stepSize, gamma: expected.gamma)
            for (epoch, rate) in expected.rates.enumerated() {
                #expect(abs(schedule.rate(initial: expected.rate, epoch: epoch) / rate - 1) < 1e-12, "epoch \(epoch)")
            }
        }
    }

    @Test func constantStays() {
        #expect(ConstantLR().rate(initial: 0.3, epoch: 7) == 0.3)
    }
}
