import Testing

@testable import TorchDistributed

@Suite("The environment of a launcher") struct DistributedEnvironmentTests {
    private let torchrun = [
        "RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4", "MASTER_ADDR": "node0",
        "MASTER_PORT": "29500",
    ]
    private let srun = [
        "SLURM_PROCID": "6", "SLURM_STEP_NUM_TASKS": "7", "SLURM_NTASKS": "8", "SLURM_LOCALID": "0",
        "SLURM_NODEID": "3", "SLURM_STEP_TASKS_PER_NODE": "2(x3),1", "SLURM_STEP_NODELIST": "gpu[01-03,7],login",
        "SLURM_JOB_ID": "4711", "SLURM_STEP_ID": "0",
    ]

    @Test("Without a launcher there is none")
    func none() throws {
        #expect(try DistributedEnvironment.read([:]) == nil)
        #expect(try DistributedEnvironment.read(["WORLD_SIZE": "1", "MASTER_ADDR": "a", "RANK": ""]) == nil)
        // The script of a batch job is one process, although it has a number.
        #expect(try DistributedEnvironment.read(["SLURM_PROCID": "0", "SLURM_NTASKS": "8"]) == nil)
        // Several such steps may run at once on a node, and would have the same port.
        let step = ["SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1", "SLURM_STEP_NODELIST": "a"]
        #expect(try DistributedEnvironment.read(step) == nil)
    }

    @Test("torchrun's variables give ranks and address, with its store if it hosts one, and restarts")
    func pytorch() throws {
        #expect(
            try DistributedEnvironment.read(torchrun)
                == DistributedEnvironment(
                    rank: 5, count: 8, localRank: 1, localCount: 4, rendezvous: .tcp(host: "node0", port: 29500)))
        let elastic = ["TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "2"]
        #expect(
            try DistributedEnvironment.read(torchrun.merging(elastic) { $1 })
                == DistributedEnvironment(
                    rank: 5, count: 8, localRank: 1, localCount: 4, restartCount: 2,
                    rendezvous: .tcp(host: "node0", port: 29500, isHostedByLauncher: true)))
    }

    @Test("A file replaces the address, and then all processes are on one machine")
    func file() throws {
        #expect(
            try DistributedEnvironment.read(["RANK": "1", "WORLD_SIZE": "2", "APUS_RENDEZVOUS": "/tmp/a"])
                == DistributedEnvironment(rank: 1, count: 2, localRank: 1, localCount: 2, rendezvous: .file("/tmp/a")))
    }

    @Test("Slurm's step gives ranks, the first node, and a port of the job")
    func slurm() throws {
        let environment = try #require(try DistributedEnvironment.read(srun))
        #expect(
            environment
                == DistributedEnvironment(
                    rank: 6, count: 7, localRank: 0, localCount: 1, rendezvous: .tcp(host: "gpu01", port: 16711)))
        // What a user sets has priority, and PyTorch's variables over Slurm's.
        let set = ["MASTER_ADDR": "10.0.0.1", "MASTER_PORT": "1234"]
        #expect(
            try DistributedEnvironment.read(srun.merging(set) { $1 })?.rendezvous == .tcp(host: "10.0.0.1", port: 1234))
        #expect(try DistributedEnvironment.read(srun.merging(torchrun) { $1 })?.count == 8)
    }

    @Test(
        "The first host of a node list",
        arguments: [
            ("gpu[01-03,7]", "gpu01"), ("login,gpu[1-2]", "login"), ("rack[2-3]n[07,09]", "rack2n07"),
            ("node-a-1,node-a-2", "node-a-1"), ("gpu[1", nil), ("gpu1]", nil), ("", nil), (",a", nil), ("a[[1]]", nil),
        ])
    func hosts(_ list: String, _ host: String?) {
        #expect(SlurmStep.firstHost(in: list) == host)
    }

    @Test("The tasks of each node")
    func tasks() {
        #expect(SlurmStep.counts("2(x3),1") == [2, 2, 2, 1])
        for text in ["", "a", "2(x", "2(3)", "0", "2(x3)4", "1(x99999999999)"] {
            #expect(SlurmStep.counts(text) == nil, "\(text)")
        }
    }

    @Test(
        "A missing or wrong variable is named with its value",
        arguments: [
            ("RANK", "8", "RANK is '8', not a number of at least 0, less than WORLD_SIZE (8)"),
            ("RANK", "-1", "RANK is '-1'"), ("WORLD_SIZE", "two", "WORLD_SIZE is 'two', not a number of at least 1"),
            ("WORLD_SIZE", "", "WORLD_SIZE is missing"), ("LOCAL_RANK", "4", "LOCAL_RANK is '4'"),
            ("MASTER_ADDR", "", "MASTER_ADDR is missing"), ("MASTER_PORT", "", "MASTER_PORT is missing"),
            ("MASTER_PORT", "65536", "MASTER_PORT is '65536'"), ("RANK", "", "RANK is missing"),
            ("TORCHELASTIC_RESTART_COUNT", "x", "TORCHELASTIC_RESTART_COUNT is 'x'"),
        ])
    func wrong(_ name: String, _ value: String, _ text: String) throws {
        let error = failure { _ = try DistributedEnvironment.read(torchrun.merging([name: value]) { $1 }) }
        #expect(error?.code == .environment)
        #expect(error?.message.contains(text) == true, "\(error?.message ?? "no error")")
    }

    @Test("So are Slurm's", arguments: ["SLURM_PROCID", "SLURM_STEP_NODELIST", "SLURM_STEP_TASKS_PER_NODE"])
    func wrongSlurm(_ name: String) throws {
        let error = failure { _ = try DistributedEnvironment.read(srun.merging([name: "["]) { $1 }) }
        #expect(error?.code == .environment)
        #expect(error?.message.contains("\(name) is '['") == true)
    }
}
