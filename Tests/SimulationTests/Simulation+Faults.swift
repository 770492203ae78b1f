import TestSupport

@testable import Engine

extension Simulation {
    func happen(_ fault: Scenario.Fault) {
        let slot = slots[fault.node % slots.count]
        let length = Int64(fault.length * 1_000_000_000)
        world.history.note(world.time, slot.key, "fault", "\(fault.kind.rawValue) for \(fault.length) s")
        switch fault.kind {
        case .kill: kill(slot, restartAfter: length)
        case .killAtCall: doom(slot, restartAfter: length)
        case .pause: pause(slot, length)
        case .cutRequests: cut(slot, length, requests: true, answers: false)
        case .cutAnswers: cut(slot, length, requests: false, answers: true)
        case .cut: cut(slot, length, requests: true, answers: true)
        case .starve: starve(slot, length)
        case .clockJump: slot.machine?.wallSkew += world.number(-10...10) * scenario.ttl
        case .failover: failOver(length)
        case .twin: twin(slot, length)
        case .restart: restart(slot, length, isHard: false)
        case .hardStop: restart(slot, length, isHard: true)
        case .drain: drain(slot, length)
        case .slowStore: slowStore(length)
        case .outage: outage(length)
        }
    }

    private func kill(_ slot: Slot, restartAfter length: Int64) {
        guard let machine = slot.machine, !machine.isDead else { return }
        endOfProcess(machine, slot, restartAfter: length)
    }

    private func doom(_ slot: Slot, restartAfter length: Int64) {
        guard let machine = slot.machine, !machine.isDead else { return }
        machine.onDeath = { self.endOfProcess(machine, slot, restartAfter: length) }
        machine.doom = (world.index(below: 12), Machine.Moment.allCases[world.index(below: 3)])
    }

    private func pause(_ slot: Slot, _ length: Int64) {
        guard let machine = slot.machine, !machine.isPaused else { return }
        machine.isPaused = true
        machine.isExcused = true
        world.after(length) { machine.isPaused = false }
    }

    private func cut(_ slot: Slot, _ length: Int64, requests: Bool, answers: Bool) {
        guard let machine = slot.machine else { return }
        let id = ObjectIdentifier(machine)
        if requests { network.cutRequests.insert(id) }
        if answers { network.cutAnswers.insert(id) }
        world.after(length) {
            if requests { self.network.cutRequests.remove(id) }
            if answers { self.network.cutAnswers.remove(id) }
            _ = machine
        }
    }

    private func starve(_ slot: Slot, _ length: Int64) {
        guard let machine = slot.machine else { return }
        machine.slowness = Int64(world.number(0.001...0.05) * 1_000_000_000)
        machine.isExcused = true
        world.after(length) { machine.slowness = 0 }
    }

    private func failOver(_ length: Int64) {
        let old = network.primary
        // Members' clocks differ, by less than the margin of a lease.
        let new = old.failOver(newClockOffset: Int64(world.number(-0.02...0.02) * scenario.ttl * 1_000_000_000))
        network.primary = new
        new.isElecting = true
        world.after(world.latency(0.05, scenario.ttl)) { new.isElecting = false }
        for machine in world.machines where machine.server === old {
            // Some go on talking to the old primary for a while: it answers reads, and takes writes that it can never acknowledge.
            if world.chance(0.3) {
                world.after(length) { machine.server = self.network.primary }
            } else {
                machine.server = new
            }
        }
    }

    private func twin(_ slot: Slot, _ length: Int64) {
        guard let machine = slot.machine, !machine.isDead else { return }
        let other = startNode(slot.key, nil)
        world.after(length) {
            other.kill()
            self.observer.died(other)
        }
    }

    private func restart(_ slot: Slot, _ length: Int64, isHard: Bool) {
        guard let machine = slot.machine, let stopping = slot.stopping else { return }
        stopping.request()
        if isHard { world.after(length / 4) { stopping.request(.atOnce) } }
        startWhenEnded(slot, machine)
    }

    private func drain(_ slot: Slot, _ length: Int64) {
        setDraining(true, slot)
        world.after(length) { self.setDraining(false, slot) }
    }

    func setDraining(_ isDraining: Bool, _ slot: Slot) {
        guard let session = network.primary.state.nodes[slot.key]?.session else { return }
        network.primary.write(.node(slot.key)) { _ = $0.setDraining(isDraining, key: slot.key, session: session) }
    }

    private func startWhenEnded(_ slot: Slot, _ machine: Machine) {
        world.after(100_000_000) {
            guard slot.machine === machine, !machine.isDead else { return }
            if machine.hasEnded { self.start(slot) } else { self.startWhenEnded(slot, machine) }
        }
    }

    private func slowStore(_ length: Int64) {
        network.slowest = scenario.ttl / 2
        world.after(length) { self.network.slowest = 0.01 }
    }

    private func outage(_ length: Int64) {
        let server = network.primary
        server.isElecting = true
        world.after(length) { server.isElecting = false }
    }

    /// Everything bad ends now.
    func calmDown() {
        (network.loss, network.lateness, network.hintLoss, network.slowest) = (0, 0, 0, 0.01)
        network.lastWords = []
        network.cutRequests = []
        network.cutAnswers = []
        network.primary.isElecting = false
        for machine in world.machines {
            machine.isPaused = false
            machine.slowness = 0
            machine.server = network.primary
        }
        for slot in slots {
            start(slot)
            setDraining(false, slot)
        }
        wantsCalm = true
        lookAfterRuns()
    }
}
