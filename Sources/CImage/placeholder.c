typedef int cimage_placeholder;
