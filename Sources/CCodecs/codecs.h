// No declarations: CImage only needs the folders of the headers and libraries, from pkg-config.
