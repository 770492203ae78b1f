import KisFlow
import Subprocess

/// What the end of a program means for the batch that it was given last, and for the run.
struct ExecVerdict {
    let program: ExecProgram
    let status: TerminationStatus

    private var command: ExecCommand { program.plan.command }

    /// Answers the batch that is still open, if there is one.
    ///
    /// - Returns: what was wrong, when all batches were answered.
    func settle(_ ending: ExecEnding) -> FlowError? {
        switch ending {
        case .finished(let extra?) where program.stopped == nil: return error(ExecAttendance.unasked(extra).reason)
        case .finished: return isStopped || status.isSuccess ? nil : error("\(words) after its last batch")
        case .streamed(let job, let answer): settle(job, answer)
        case .broken(let job, let answered, let reason): job.answer.resume(throwing: failure(job, answered, reason))
        }
        return nil
    }

    private var isStopped: Bool { program.stopped != nil }

    private func settle(_ job: ExecProgram.Job, _ answer: ExecAnswer) {
        if status.isSuccess, program.stopped == nil || program.stopped == .lingering {
            job.answer.resume(returning: answer)
        } else {
            job.answer.resume(throwing: failure(job, answer.lines, nil))
        }
    }

    private func failure(_ job: ExecProgram.Job, _ answered: Int, _ reason: String?) -> any Error {
        if let reason { return error(reason) }
        let progress = "having written \(answered) lines for \(job.batch.lines.count) rows"
        switch program.stopped {
        case .cancelled: return CancellationError()
        case .timeout:
            return error(
                "was not done with a batch within \(program.plan.settings.timeoutText) (parameter timeout), \(progress); "
                    + "does it flush its output after each line?")
        case .lingering: return error("closed its output and did not end, \(progress)")
        case .fault, nil: return error("\(words), \(progress)")
        }
    }

    private var words: String {
        switch status {
        case .exited(let code): "ended with exit code \(code)"
        case .signaled(let signal): "was ended by signal \(signal)"
        }
    }

    private func error(_ reason: String) -> FlowError {
        FlowError(.functionFailed, "\(command) \(reason)\(program.errors.summary)")
    }
}
