import Foundation
import Testing

@testable import Classifier

@Suite("Keys of version 0.1") struct FormerKeyTests {
    @Test("A model description of version 0.1 is read") func description() throws {
        let text = #"""
            {"architecture":"resnet18","classes":["a","b"],
             "calibration":{"knownShare":0.95,"pictures":500,"temperature":1.25,"unknownThreshold":0.5},
             "preprocessing":{"cropSize":224,"interpolation":"bilinear","mean":[0.5,0.5,0.5],"resizeShortSide":256,
                              "standardDeviation":[0.25,0.25,0.25]},
             "training":{"batchSize":8,"learningRate":0.01,"optimizer":"sgd","seed":3,"stageRate":0.5,
                         "strategy":"last:2","trainingPictures":20}}
            """#
        let description = try JSONDecoder.forFiles.decode(ModelDescription.self, from: Data(text.utf8))
        let calibration = try ModelCalibration(temperature: 1.25, unknownThreshold: 0.5, coverage: 0.95, images: 500)
        #expect(description.calibration == calibration)
        #expect(description.training?.layerwiseDecay == 0.5 && description.training?.trainingImages == 20)
        // What is written has the new keys, and is read as the same.
        let json = try JSONEncoder().encode(description)
        #expect(!String(decoding: json, as: UTF8.self).contains("ictures"))
        #expect(try JSONDecoder.forFiles.decode(ModelDescription.self, from: json) == description)
    }
}
