internal import Platform

extension CheckpointLayout {
    /// The tensors of a state. `source` finds each needed storage in the file, once, by its index in the heap.
    init(
        _ state: StateDictionary, in heap: PickleHeap,
        source: (_ place: Int, _ storage: PickledStorage) throws(CheckpointFault) -> Source
    ) throws(CheckpointFault) {
        metadata = state.metadata
        moduleVersions = state.moduleVersions
        stateKey = state.key
        prefix = state.prefix
        var places: [Int: Int] = [:]
        for (name, index) in state.tensors {
            guard let tensor = heap.tensors[index] else {
                throw .damaged("'\(name.shown)' is a Parameter without a tensor")
            }
            let place: Int
            if let known = places[tensor.storage] {
                place = known
            } else {
                let storage = heap.storages[tensor.storage]
                place = storages.count
                places[tensor.storage] = place
                storages.append(
                    Storage(
                        dtype: storage.dtype, count: storage.count, source: try source(tensor.storage, storage)))
            }
            entries.append(Entry(name: name, storage: place, view: tensor.view))
        }
    }
}
