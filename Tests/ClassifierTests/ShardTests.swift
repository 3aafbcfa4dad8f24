import Classifier
import Platform
import Testing

@Suite("Shards of a list") struct ShardTests {
    private func shard(_ text: String, _ environment: [String: String] = [:]) throws -> String {
        try ShardChoice(text).shard(in: environment).description
    }

    @Test("The shards of a list have each place once, in turn") func places() throws {
        let shards = try (1...3).map { try ShardChoice("\($0)/3").shard(in: [:]) }
        for place in 0..<10 { #expect(shards.map { $0.contains(place) } == (0..<3).map { place % 3 == $0 }) }
    }

    @Test(
        "What is no shard is an error",
        arguments: ["0/8", "9/8", "-1/8", "3", "3/", "/8", "3/8/1", "auto/0", "auto/", "Auto", "1/1000001", ""])
    func wrong(text: String) { #expect(throws: NotationError.self) { try ShardChoice(text) } }

    @Test(
        "The environment of a launcher has the shard",
        arguments: [
            (["RANK": "2", "WORLD_SIZE": "8", "SLURM_PROCID": "0", "SLURM_NTASKS": "2"], "auto", "3/8"),
            (["SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "4"], "auto", "2/4"),
            (["SLURM_PROCID": "1", "SLURM_NTASKS": "8", "SLURM_STEP_NUM_TASKS": "4"], "auto", "2/4"),
            (["JOB_COMPLETION_INDEX": "7"], "auto/8", "8/8"),
            (["JOB_COMPLETION_INDEX": "0", "APUS_SHARD_COUNT": "8"], "auto", "1/8"),
            (["RANK": "", "JOB_COMPLETION_INDEX": "1"], "auto/2", "2/2"),
            (["RANK": "2", "WORLD_SIZE": "8"], "1/2", "1/2"),
        ])
    func launchers(environment: [String: String], text: String, expected: String) throws {
        #expect(try shard(text, environment) == expected)
    }

    @Test("A job array has a shard for each process of each of its tasks") func arrays() throws {
        let array = ["SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "7", "SLURM_ARRAY_TASK_COUNT": "4"]
        func found(_ task: Int, _ others: [String: String] = [:]) throws -> String {
            let own = ["SLURM_ARRAY_TASK_ID": "\(task)"].merging(array) { $1 }.merging(others) { $1 }
            return try shard("auto", own)
        }
        // A batch script has the number of its process, and of the tasks only if it asks for them.
        #expect(try found(1, ["SLURM_PROCID": "0"]) == "1/4")
        #expect(try found(7) == "4/4")
        #expect(try found(3, ["SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "2"]) == "4/8")
        #expect(throws: ApusError.self) { try found(4) }
        #expect(throws: ApusError.self) { try found(1, ["SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MAX": "6"]) }
    }

    @Test(
        "Missing and wrong variables are named",
        arguments: [
            ([:], "auto", "shard"), (["RANK": "1"], "auto", "WORLD_SIZE"),
            (["RANK": "one", "WORLD_SIZE": "2"], "auto", "RANK"), (["RANK": "2", "WORLD_SIZE": "2"], "auto", "shard"),
            (["RANK": "1", "WORLD_SIZE": "2"], "auto/8", "shard"),
            (["SLURM_PROCID": "0", "SLURM_NTASKS": "4"], "auto", "shard"),
            (["SLURM_PROCID": "4", "SLURM_STEP_NUM_TASKS": "4"], "auto", "shard"),
            (["SLURM_ARRAY_TASK_ID": "0"], "auto", "SLURM_ARRAY_TASK_COUNT"),
            (["JOB_COMPLETION_INDEX": "0"], "auto", "APUS_SHARD_COUNT"),
            (["JOB_COMPLETION_INDEX": "0", "APUS_SHARD_COUNT": "0"], "auto", "APUS_SHARD_COUNT"),
            (["RANK": "9223372036854775807", "WORLD_SIZE": "2"], "auto", "RANK"),
        ])
    func wrongEnvironment(environment: [String: String], text: String, name: String) throws {
        let error = #expect(throws: ApusError.self) { try shard(text, environment) }
        #expect(error?.code == .invalidConfiguration && error?.name == name, "\(String(describing: error))")
    }
}
