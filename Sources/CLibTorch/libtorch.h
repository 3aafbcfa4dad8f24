// LibTorch's headers are C++ and reach only CTorch, through the include paths of `apus-libtorch.pc`.
