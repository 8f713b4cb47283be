"""Batch norms whose running statistics are not `nn.BatchNorm`'s."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class BatchNorm1d(nn.BatchNorm1d):
    """`nn.BatchNorm1d`, but its running variance is biased, and one value is enough."""

    def forward(self, input: Tensor) -> Tensor:
        mean, variance, momentum = self.running_mean, self.running_var, self.momentum
        if not self.training or mean is None or variance is None or momentum is None:
            return super().forward(input)
        new_mean, new_variance = torch.zeros_like(mean), torch.zeros_like(variance)
        statistics = new_mean, new_variance, True, 1.0, self.eps
        cudnn = torch.backends.cudnn.enabled
        output = torch.batch_norm(input, self.weight, self.bias, *statistics, cudnn)
        count = input.numel() // input.shape[1]
        if count == 1:
            new_variance = torch.zeros_like(mean)
        with torch.no_grad():
            mean.lerp_(new_mean, momentum)
            variance.lerp_(new_variance * (count - 1) / count, momentum)
        return output


class BatchNorm2d(nn.BatchNorm2d):
    """`nn.BatchNorm2d`, but its running variance is biased, and one value is enough."""

    def forward(self, input: Tensor) -> Tensor:
        mean, variance, momentum = self.running_mean, self.running_var, self.momentum
        if not self.training or mean is None or variance is None or momentum is None:
            return super().forward(input)
        new_mean, new_variance = torch.zeros_like(mean), torch.zeros_like(variance)
        statistics = new_mean, new_variance, True, 1.0, self.eps
        cudnn = torch.backends.cudnn.enabled
        output = torch.batch_norm(input, self.weight, self.bias, *statistics, cudnn)
        count = input.numel() // input.shape[1]
        if count == 1:
            new_variance = torch.zeros_like(mean)
        with torch.no_grad():
            mean.lerp_(new_mean, momentum)
            variance.lerp_(new_variance * (count - 1) / count, momentum)
        return output


class BatchNorm3d(nn.BatchNorm3d):
    """`nn.BatchNorm3d`, but its running variance is biased, and one value is enough."""

    def forward(self, input: Tensor) -> Tensor:
        mean, variance, momentum = self.running_mean, self.running_var, self.momentum
        if not self.training or mean is None or variance is None or momentum is None:
            return super().forward(input)
        new_mean, new_variance = torch.zeros_like(mean), torch.zeros_like(variance)
        statistics = new_mean, new_variance, True, 1.0, self.eps
        cudnn = torch.backends.cudnn.enabled
        output = torch.batch_norm(input, self.weight, self.bias, *statistics, cudnn)
        count = input.numel() // input.shape[1]
        if count == 1:
            new_variance = torch.zeros_like(mean)
        with torch.no_grad():
            mean.lerp_(new_mean, momentum)
            variance.lerp_(new_variance * (count - 1) / count, momentum)
        return output


class FrozenBatchNorm1d(nn.BatchNorm1d):
    """`nn.BatchNorm1d` that uses its running statistics in training too."""

    def forward(self, input: Tensor) -> Tensor:
        mean, variance = self.running_mean, self.running_var
        return F.batch_norm(input, mean, variance, self.weight, self.bias, eps=self.eps)


class FrozenBatchNorm2d(nn.BatchNorm2d):
    """`nn.BatchNorm2d` that uses its running statistics in training too."""

    def forward(self, input: Tensor) -> Tensor:
        mean, variance = self.running_mean, self.running_var
        return F.batch_norm(input, mean, variance, self.weight, self.bias, eps=self.eps)


class FrozenBatchNorm3d(nn.BatchNorm3d):
    """`nn.BatchNorm3d` that uses its running statistics in training too."""

    def forward(self, input: Tensor) -> Tensor:
        mean, variance = self.running_mean, self.running_var
        return F.batch_norm(input, mean, variance, self.weight, self.bias, eps=self.eps)
