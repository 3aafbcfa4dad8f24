import Testing

@testable import Platform

@Suite("Names of processors") struct ProcessorsTests {
    @Test("The name is read from the text of /proc/cpuinfo") func names() {
        let intel = "processor\t: 0\nmodel\t\t: 106\nmodel name\t: Intel(R) Xeon(R)  Platinum 8370C CPU @ 2.80GHz\n"
        #expect(Processors.modelName(intel) == "Intel Xeon Platinum 8370C CPU @ 2.80GHz")
        #expect(Processors.modelName("model name : 11th Gen Intel(R) Core(TM) i7\n") == "11th Gen Intel Core i7")
        let board = "processor\t: 0\nCPU implementer\t: 0x41\n\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n"
        #expect(Processors.modelName(board) == "Raspberry Pi 4 Model B Rev 1.4")
        #expect(Processors.modelName("processor : 0\nCPU implementer : 0x41\n") == nil)
        #expect(Processors.modelName("model name\t:\n") == nil && Processors.modelName("") == nil)
    }

    @Test("This machine has a name and a number of processors") func machine() {
        #expect(!Processors.modelName.isEmpty)
        #expect(Processors.summary.hasPrefix("\(Processors.modelName), \(ProcessorCount.available) processor"))
    }
}
