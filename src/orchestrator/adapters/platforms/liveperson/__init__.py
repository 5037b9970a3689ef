"""LivePerson's Conversational Cloud, the real one or the embedded one, as routing's platform."""
