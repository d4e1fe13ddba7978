"""What can go wrong with an eval, one class per thing a person can mend. Messages are sentences and hold no note text."""


class EvalError(Exception):
    """The root: the message says what is wrong and what to do about it."""


class DataDoesNotFit(EvalError):
    """The data set cannot be used as it is: no labelled note, an id twice, or not the file the run was made on."""


class PredictionsDoNotFit(EvalError):
    """The predictions are not of this data set: an id that it does not hold, or an id twice."""


class FolderIsTaken(EvalError):
    """The folder holds another run, or something that is no run; resuming there would mix two readers."""


class RunsDoNotPair(EvalError):
    """Two runs over different notes cannot be compared note by note."""


class ReviewDoesNotFit(EvalError):
    """A reviewed note cannot become a labelled one: an accepted suggestion quotes what the note does not say."""
