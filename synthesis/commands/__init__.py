"""The commands, one file each; they load when they are called."""
