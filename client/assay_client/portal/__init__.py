"""The portal: what the gateway's members read over HTTP, each answer signed and as of one block."""
