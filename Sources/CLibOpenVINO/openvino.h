// Deliberately empty: COpenVINO includes the headers that it needs itself.
