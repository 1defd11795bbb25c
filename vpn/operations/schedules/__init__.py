"""Operations by the clock: an endpoint is paused in the evening and resumed in the morning of working days."""
