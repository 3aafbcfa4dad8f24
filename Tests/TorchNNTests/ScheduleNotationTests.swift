import Foundation
import Testing
import Torch
import TorchNN

@Suite("Notation of schedules") struct ScheduleNotationTests {
    static let pairs: [(String, Schedule, String)] = [
        ("constant", .constant, "constant"),
        ("step:7", .step(every: 7), "step:7,0.1"),
        (" step: 7 , .5", .step(every: 7, factor: 0.5), "step:7,0.5"),
        ("step:7,2", .step(every: 7, factor: 2), "step:7,2"),
        ("multistep:30,60,0.2", .multiStep(milestones: [30, 60], factor: 0.2), "multistep:30,60,0.2"),
        ("multistep:30,60", .multiStep(milestones: [30, 60]), "multistep:30,60,0.1"),
        ("multistep:30", .multiStep(milestones: [30]), "multistep:30,0.1"),
        ("multistep:3,2.0", .multiStep(milestones: [3], factor: 2), "multistep:3,2.0"),
        ("exponential:0.95", .exponential(factor: 0.95), "exponential:0.95"),
        ("decay:0.1", .decay(rate: 0.1), "decay:0.1"),
        ("inverse:0.5", .inverse(rate: 0.5), "inverse:0.5"),
        ("cosine", .cosine(), "cosine"),
        ("cosine:0.00001", .cosine(minimum: 1e-5), "cosine:1e-05"),
        ("cosine:1E-5", .cosine(minimum: 1e-5), "cosine:1e-05"),
        ("onecycle", .oneCycle(), "onecycle"),
        ("onecycle:0.25", .oneCycle(.init(rise: 0.25)), "onecycle:0.25"),
        ("onecycle:0.3,25,100", .oneCycle(.init(finalDivisor: 100)), "onecycle:0.3,25,100"),
        (
            "onecycle:0.3,25,10000,0.8,0.9", .oneCycle(.init(lowMomentum: 0.8, highMomentum: 0.9)),
            "onecycle:0.3,25,10000,0.8,0.9"
        ),
        ("polynomial", .polynomial(), "polynomial:1"),
        ("polynomial:2", .polynomial(power: 2), "polynomial:2"),
        ("plateau", .plateau(), "plateau:10,0.1"),
        ("plateau:3,0.1", .plateau(.init(patience: 3)), "plateau:3,0.1"),
        (
            "plateau:3,0.5,0,2,0.001",
            .plateau(.init(patience: 3, factor: 0.5, threshold: 0, cooldown: 2, minimum: 0.001)),
            "plateau:3,0.5,0,2,0.001"
        ),
    ]

    @Test("A schedule is written and read back", arguments: pairs)
    func roundTrip(text: String, schedule: Schedule, canonical: String) throws {
        #expect(try Schedule(parsing: text) == schedule)
        #expect(schedule.description == canonical)
        #expect(try Schedule(parsing: canonical) == schedule)
        #expect(Schedule(text) == schedule)
        let data = try JSONEncoder().encode([schedule])
        #expect(String(decoding: data, as: UTF8.self) == "[\"\(canonical)\"]")
        #expect(try JSONDecoder().decode([Schedule].self, from: data) == [schedule])
    }

    @Test(
        "An error gives the column",
        arguments: [
            ("stp:7", 1, "unknown schedule 'stp'; available: constant, step:EPOCHS[,FACTOR], multistep"),
            ("", 1, "unknown schedule ''"),
            ("Cosine", 1, "unknown schedule 'Cosine'"),
            ("step", 5, "the number of epochs between two changes is missing; the form is step:EPOCHS[,FACTOR]"),
            ("step:", 6, "an integer of at least 1, not ''"),
            ("step:0", 6, "an integer of at least 1, not '0'"),
            ("step:1.5", 6, "an integer of at least 1, not '1.5'"),
            ("step:7,", 8, "the factor must be a number above 0, not ''"),
            ("step:7,-1", 8, "above 0, not '-1'"),
            ("step:7, x", 9, "not 'x'"),
            ("step:7,0.1,3", 12, "too many numbers; the form is step:EPOCHS[,FACTOR]"),
            ("step:7,0x1p3", 8, "not '0x1p3'"),
            ("step:7,nan", 8, "not 'nan'"),
            ("step:7,1e999", 8, "not '1e999'"),
            ("constant:1", 10, "too many numbers; the form is constant"),
            ("multistep", 10, "an epoch is missing"),
            ("multistep:0.1", 11, "an epoch must be an integer of at least 1, not '0.1'"),
            ("multistep:30,20", 14, "the epochs must be in ascending order, but 20 follows 30"),
            ("multistep:30,0.5,60", 14, "an epoch must be an integer of at least 1, not '0.5'"),
            ("exponential", 12, "the factor is missing"),
            ("exponential:0", 13, "above 0, not '0'"),
            ("decay:-1", 7, "k must be a number at least 0, not '-1'"),
            ("onecycle:1.5", 10, "at least 0 and at most 1, not '1.5'"),
            ("onecycle:0.3,25,100,0.8,1", 25, "at least 0 and below 1, not '1'"),
            ("plateau:-1", 9, "an integer of at least 0, not '-1'"),
            ("plateau:3,1", 11, "above 0 and below 1, not '1'"),
        ])
    func errors(text: String, character: Int, problem: String) throws {
        let error = try #require(throws: NotationError.self) { try Schedule(parsing: text) }
        #expect(error.column == character)
        #expect(error.description.contains(problem), "\(error)")
        #expect(error.description.contains("'\(text)', line 1, character \(character)"))
        #expect(Schedule(text) == nil)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Schedule].self, from: JSONEncoder().encode([text]))
        }
    }

    @Test("Every form is listed once")
    func forms() {
        #expect(Schedule.forms.count == 10)
        #expect(Set(Schedule.forms).count == 10)
    }
}
