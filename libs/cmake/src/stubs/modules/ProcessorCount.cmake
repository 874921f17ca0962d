# Found before CMake's own: the stubs have its functions.
