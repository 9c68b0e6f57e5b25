"""What an oracle has to do, one file a duty. Each looks at the chain anew and acts only if there is something to do."""
