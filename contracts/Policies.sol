// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMembership} from "./interfaces/IMembership.sol";
import {IPolicies} from "./interfaces/IPolicies.sol";
import {IVault} from "./interfaces/IVault.sol";
import {PackedLanes} from "./libraries/PackedLanes.sol";
import {OPEN_WINDOW, Verdict} from "./types/AuditTypes.sol";
import {Kind, Label, Lanes, MAX_ROSTER, Terms, Tolerances} from "./types/PolicyTypes.sol";
import {GATEKEEPER_ROLE} from "./types/Roles.sol";

/// @title Append-only audit policies
/// @notice See `IPolicies`.
contract Policies is IPolicies {
    using PackedLanes for uint256;

    uint256 private constant MIN_PHASE_SECONDS = 120;
    uint256 private constant MIN_ROSTER = 3;
    uint256 private constant MIN_ROWS = 2;
    uint256 private constant MAX_LANES = 96;
    uint256 private constant MAX_ORDER_WORDS = 12;
    uint256 private constant MAX_DECIMALS = 18;

    /// The last word is what `check` needs at every reveal: with few orders it need not load any more for them.
    struct Record {
        Terms terms;
        bytes32 name;
        uint8 lanes;
        uint8 binding;
        uint8 orderWords;
        bool retired;
        uint224 fewOrders;
    }

    /// @inheritdoc IPolicies
    IMembership public immutable membership;
    /// @inheritdoc IPolicies
    IVault public immutable vault;
    /// @inheritdoc IPolicies
    uint32 public immutable blockSeconds;

    /// @inheritdoc IPolicies
    uint32 public count;
    /// @inheritdoc IPolicies
    mapping(bytes32 name => uint32) public idOf;

    mapping(uint32 policyId => Record) private _policies;
    // Maxima, then tolerances, then orders. Not an array: `check` runs at every reveal and would load its length.
    mapping(uint32 policyId => mapping(uint256 index => uint256)) private _words;
    mapping(uint32 policyId => Label[]) private _labels;

    /// @param blockSeconds_ At least 1; a chain with faster blocks counts as one with a block a second.
    constructor(IMembership membership_, IVault vault_, uint32 blockSeconds_) {
        if (blockSeconds_ == 0) revert BadPolicy("blockSeconds");
        membership = membership_;
        vault = vault_;
        blockSeconds = blockSeconds_;
    }

    /// @inheritdoc IPolicies
    /// @dev Warning: a policy can be retired but never changed or removed.
    function add(bytes32 name, Terms calldata terms_, Lanes calldata lanes_, Label[] calldata labels_)
        external
        returns (uint32 policyId)
    {
        _onlyGatekeeper();
        if (name == 0) revert BadPolicy("name");
        if (idOf[name] != 0) revert NameTaken(name, idOf[name]);
        _requireTerms(terms_);
        _requireLanes(lanes_);
        if (!_fits(terms_.kind, lanes_)) revert BadPolicy("binding");
        _requireLabels(labels_, lanes_.count);

        policyId = ++count;
        idOf[name] = policyId;
        _policies[policyId] = Record(
            terms_, name, lanes_.count, lanes_.binding, uint8(lanes_.orders.length), false, _few(lanes_.orders)
        );
        _append(policyId, lanes_.maxima, 0);
        _append(policyId, lanes_.tolerances, lanes_.maxima.length);
        _append(policyId, lanes_.orders, 2 * lanes_.maxima.length);
        for (uint256 i; i < labels_.length; ++i) _labels[policyId].push(labels_[i]);
        emit PolicyAdded(policyId, name, terms_);
    }

    /// @inheritdoc IPolicies
    function retire(uint32 policyId, bool retired) external {
        _onlyGatekeeper();
        _existing(policyId).retired = retired;
        emit PolicyRetired(policyId, retired);
    }

    /// @inheritdoc IPolicies
    function head(uint32 policyId) external view returns (bytes32 name, bool retired) {
        Record storage p = _existing(policyId);
        return (p.name, p.retired);
    }

    /// @inheritdoc IPolicies
    function terms(uint32 policyId) external view returns (Terms memory) {
        return _existing(policyId).terms;
    }

    /// @inheritdoc IPolicies
    function stakes(uint32 policyId, Verdict outcome) external view returns (uint96 bond, uint96 reward) {
        Terms storage t = _existing(policyId).terms;
        bond = t.bond;
        if (outcome == Verdict.Values || outcome == Verdict.Invalid) reward = t.feePerOracle;
        else if (outcome == Verdict.InvalidSpec) reward = t.inspectionFee;
        else if (outcome == Verdict.Unavailable) reward = t.stipend;
    }

    /// @inheritdoc IPolicies
    function lanes(uint32 policyId) external view returns (Lanes memory) {
        Record storage p = _existing(policyId);
        uint256 words = PackedLanes.wordsFor(p.lanes);
        return Lanes(
            p.lanes,
            p.binding,
            _slice(policyId, 0, words),
            _slice(policyId, words, words),
            _slice(policyId, 2 * words, p.orderWords)
        );
    }

    /// @inheritdoc IPolicies
    function labels(uint32 policyId) external view returns (Label[] memory) {
        _existing(policyId);
        return _labels[policyId];
    }

    /// @inheritdoc IPolicies
    function tolerances(uint32 policyId) external view returns (Tolerances memory) {
        Record storage p = _policies[policyId];
        uint256 words = PackedLanes.wordsFor(p.lanes);
        if (words == 0) revert UnknownPolicy(policyId);
        return Tolerances(_slice(policyId, words, words), p.binding);
    }

    /// @inheritdoc IPolicies
    function check(uint32 policyId, uint256[] calldata words) external view {
        Record storage p = _policies[policyId];
        uint256 wanted = PackedLanes.wordsFor(p.lanes);
        uint256 orderWords = p.orderWords;
        uint256 fewOrders = p.fewOrders;
        if (wanted == 0) revert UnknownPolicy(policyId);
        if (words.length != wanted) revert WrongLength(words.length, wanted);
        mapping(uint256 => uint256) storage limits = _words[policyId];
        for (uint256 w; w < wanted; ++w) {
            // The maximum of a lane beyond the count is zero.
            uint256 fine = words[w].atMost(limits[w]);
            if (fine != PackedLanes.ALL) _revertOutOfRange(words[w], limits[w], fine, w);
        }
        if (fewOrders != 0) return _requireOrders(words, fewOrders << 32);
        for (uint256 k; k < orderWords; ++k) _requireOrders(words, limits[2 * wanted + k]);
    }

    function _append(uint32 policyId, uint256[] calldata words, uint256 from) private {
        for (uint256 w; w < words.length; ++w) _words[policyId][from + w] = words[w];
    }

    function _slice(uint32 policyId, uint256 from, uint256 length) private view returns (uint256[] memory words) {
        words = new uint256[](length);
        for (uint256 w; w < length; ++w) words[w] = _words[policyId][from + w];
    }

    function _existing(uint32 policyId) private view returns (Record storage p) {
        p = _policies[policyId];
        // No policy has an empty roster.
        if (p.terms.maxRoster == 0) revert UnknownPolicy(policyId);
    }

    function _onlyGatekeeper() private view {
        if (!membership.hasRole(GATEKEEPER_ROLE, msg.sender)) revert NotGatekeeper(msg.sender);
    }

    function _requireTerms(Terms calldata t) private view {
        bool fairness = t.kind == Kind.Fairness;
        // The counts of a single row are its labels.
        if (fairness ? t.minRows < MIN_ROWS : t.minRows != 0) revert BadPolicy("minRows");
        if (!fairness && t.minCell != 0) revert BadPolicy("minCell");
        if (t.minRoster < (t.development ? 1 : MIN_ROSTER)) revert BadPolicy("minRoster");
        if (t.maxRoster < t.minRoster || t.maxRoster > MAX_ROSTER) revert BadPolicy("maxRoster");
        uint256 shortest = t.development ? 1 : MIN_PHASE_SECONDS;
        if (_seconds(t.commitBlocks, t.development) < shortest) revert BadPolicy("commitBlocks");
        if (_seconds(t.revealBlocks, t.development) < shortest) revert BadPolicy("revealBlocks");
        if (_seconds(t.disputeBlocks, t.development) < shortest) revert BadPolicy("disputeBlocks");
        // Twice: an appeal commits, reveals and waits again.
        uint256 longest = OPEN_WINDOW + 2 * (uint256(t.commitBlocks) + t.revealBlocks + t.disputeBlocks);
        if (longest >= vault.unbondingBlocks()) revert BadPolicy("unbondingBlocks");
        if (t.bond == 0 || t.bond > vault.minimumStake()) revert BadPolicy("bond");
        if (t.feePerOracle == 0 || uint256(t.feePerOracle) * t.maxRoster > type(uint96).max) {
            revert BadPolicy("feePerOracle");
        }
        if (t.inspectionFee > t.feePerOracle) revert BadPolicy("inspectionFee");
        if (t.stipend > t.feePerOracle) revert BadPolicy("stipend");
        // Not opening a request is a second draw of the seed; it must cost something.
        if (t.forfeit == 0 || t.forfeit > uint256(t.feePerOracle) * t.minRoster) revert BadPolicy("forfeit");
    }

    function _requireLanes(Lanes calldata l) private pure {
        if (l.count == 0 || l.count > MAX_LANES) revert BadPolicy("count");
        uint256 words = PackedLanes.wordsFor(l.count);
        uint256 padding = type(uint256).max >> (256 - 32 * (8 * words - l.count));
        if (l.maxima.length != words || l.maxima[words - 1] & padding != 0) revert BadPolicy("maxima");
        if (l.tolerances.length != words) revert BadPolicy("tolerances");
        for (uint256 w; w < words; ++w) {
            // A tolerance beyond the maximum would let every vote pass; this also keeps the padding zero.
            if (l.tolerances[w].atMost(l.maxima[w]) != PackedLanes.ALL) revert BadPolicy("tolerances");
        }
        if (l.orders.length > MAX_ORDER_WORDS) revert BadPolicy("orders");
        for (uint256 k; k < l.orders.length; ++k) {
            for (uint256 pairs = l.orders[k]; pairs != 0; pairs <<= 16) {
                if (pairs >> 248 >= l.count || uint8(pairs >> 240) >= l.count) revert BadPolicy("orders");
            }
        }
    }

    /// Whether as many lanes are binding as audits of that kind compute from published bytes.
    function _fits(Kind kind, Lanes calldata l) private pure returns (bool) {
        if (kind == Kind.Service) return l.binding == 0;
        return kind == Kind.Both ? l.binding != 0 && l.binding < l.count : l.binding == l.count;
    }

    function _requireLabels(Label[] calldata labels_, uint256 lanes_) private pure {
        if (labels_.length != lanes_) revert BadPolicy("labels");
        for (uint256 i; i < lanes_; ++i) {
            if (labels_[i].name == 0) revert BadPolicy("labels");
            if (labels_[i].decimals > MAX_DECIMALS) revert BadPolicy("decimals");
            for (uint256 j; j < i; ++j) {
                if (labels_[i].name == labels_[j].name) revert BadPolicy("labels");
            }
        }
    }

    function _requireOrders(uint256[] calldata words, uint256 pairs) private pure {
        for (; pairs != 0; pairs <<= 16) {
            uint256 i = pairs >> 248;
            uint256 j = uint8(pairs >> 240);
            if (words[i / 8].lane(i % 8) > words[j / 8].lane(j % 8)) revert LaneOrderBroken(i, j);
        }
    }

    /// The pairs of a word, when they are all the orders and leave its last four bytes empty; else zero.
    function _few(uint256[] calldata orders) private pure returns (uint224) {
        return orders.length == 1 && uint32(orders[0]) == 0 ? uint224(orders[0] >> 32) : 0;
    }

    /// Development policies count blocks.
    function _seconds(uint32 blocks, bool development) private view returns (uint256) {
        return development ? blocks : uint256(blocks) * blockSeconds;
    }

    function _revertOutOfRange(uint256 got, uint256 limit, uint256 fine, uint256 word) private pure {
        uint256 i;
        while (fine.lane(i) != 0) ++i;
        revert LaneOutOfRange(8 * word + i, got.lane(i), limit.lane(i));
    }
}
